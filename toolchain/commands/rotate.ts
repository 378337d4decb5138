import { ToolchainError } from "../failure";
import { failureText } from "../processes";
import type { Steps } from "../steps";
import { prepare } from "./prepare";
import { pulumi } from "./stack";
import { bringUp, type UpOptions } from "./up";

/** The setting that says which of a stack's generated passwords are in force. */
const key = "matrice:passwordGeneration";

/**
 * `make rotate`: counts the generation of the stack's passwords up and brings the stack up. When the second part fails,
 * `make up` goes on where it stopped: the new generation is in the stack's file by then.
 * @throws ToolchainError when the setting cannot be read or written, or what bringing up throws
 */
export async function rotate({ stack, ...ports }: UpOptions, steps: Steps): Promise<void> {
    const start = Date.now();
    await prepare(stack, ports, steps);
    const next = (await currentGeneration(stack)) + 1;
    await steps.step(`${key} ${next} of stack ${stack}`, () => settings(stack, "set", [key, String(next)]));
    await bringUp(stack, steps, start);
}

async function currentGeneration(stack: string): Promise<number> {
    const all = JSON.parse(await settings(stack, "list", ["--json"])) as Record<string, { value?: string }>;
    const text = all[key]?.value ?? "1";
    const generation = Number(text);
    if (!Number.isInteger(generation) || generation < 1) {
        throw new ToolchainError(`${key} is "${text}", not a number from 1 on.`, [
            `set it: pulumi config set --stack ${stack} ${key} 1`,
        ]);
    }
    return generation;
}

/** `pulumi config`: without a verb it lists. */
async function settings(stack: string, verb: "list" | "set", args: readonly string[]): Promise<string> {
    const seconds = 120;
    const command = verb === "list" ? ["config"] : ["config", verb];
    const result = await pulumi(stack, [...command, "--stack", stack, ...args], { timeoutSeconds: seconds });
    if (result.code !== 0) throw new ToolchainError(failureText(`pulumi ${command.join(" ")}`, seconds, result));
    return result.stdout;
}
