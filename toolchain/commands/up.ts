import * as fs from "node:fs";
import { devStack, isEmbedded, policyPack } from "../environment";
import { ToolchainError } from "../failure";
import { formatSeconds, type Steps } from "../steps";
import { prepare, type Ports } from "./prepare";
import { pulumi, stackContents, type StackContents } from "./stack";

/** Readiness waits of a first rollout on a slow machine are in it. */
const engineSeconds = 60 * 60;

export interface UpOptions extends Ports {
    stack: string;
}

/** `make up`: from nothing to the platform of the stack; run again, it continues or finds nothing to do. */
export async function up({ stack, ...ports }: UpOptions, steps: Steps): Promise<void> {
    const start = Date.now();
    await prepare(stack, ports, steps);
    await bringUp(stack, steps, start);
}

/**
 * Runs the engine on a stack that is prepared, and says what was made.
 * @param start of the whole command, in milliseconds since the epoch
 */
export async function bringUp(stack: string, steps: Steps, start: number): Promise<void> {
    // On a real cluster the engine shows its plan and asks; without a terminal to ask on it refuses.
    const consent = isEmbedded(stack) ? ["--yes"] : [];
    await engine("up", stack, [...consent, "--policy-pack", policyPack], steps);
    const contents = await stackContents(stack);
    if (contents) steps.say(upSummary(stack, contents, steps.summary(), (Date.now() - start) / 1000));
}

/** `make preview`: what `make up` would change; as JSON into a file where one is named, for `matrice review`. */
export async function preview(
    { stack, output, ...ports }: UpOptions & { output?: string },
    steps: Steps,
): Promise<void> {
    await prepare(stack, ports, steps);
    await engine("preview", stack, ["--policy-pack", policyPack], steps, output);
}

async function engine(
    command: string,
    stack: string,
    args: readonly string[],
    steps: Steps,
    output?: string,
): Promise<void> {
    const work = async () => {
        const json = output === undefined ? [] : ["--json", "--non-interactive"];
        const options = { inherit: output === undefined, timeoutSeconds: engineSeconds };
        const result = await pulumi(stack, [command, "--stack", stack, ...args, ...json], options);
        // A preview that is refused says why in its JSON; nobody else needs to read what it knows of the stack.
        if (output !== undefined) fs.writeFileSync(output, result.stdout, { mode: 0o600 });
        if (result.code === 0) return;
        const how = result.timedOut
            ? `took over ${engineSeconds / 60} min and was stopped`
            : `failed: see ${output ?? "above"}`;
        const again = `make ${command}${stack === devStack ? "" : ` STACK=${stack}`}`;
        throw new ToolchainError(`pulumi ${command} ${how}.`, [
            `mend it and run it again${command === "up" ? ", it goes on where it stopped" : ""}: ${again}`,
            "see whether tools and cluster are well: make doctor",
        ]);
    };
    await steps.step(`pulumi ${command} of stack ${stack}`, work, { streams: true });
}

/** What was made, how long each step took, what to try next. */
export function upSummary(stack: string, { kinds, outputs }: StackContents, times: string, seconds: number): string {
    const total = [...kinds.values()].reduce((sum, count) => sum + count, 0);
    const counts = [...kinds].sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
    const shown = Object.entries(outputs).filter(([, value]) => isPlain(value));
    const where = stack === devStack ? "" : ` STACK=${stack}`;
    return [
        "",
        `Stack ${stack} is up after ${formatSeconds(seconds)}: ${total} resources`,
        ...wrap(counts.map(([kind, count]) => `${count} ${kind}`)),
        ...(shown.length > 0 ? ["", "Outputs", ...shown.map(([name, value]) => `  ${name}: ${plainText(value)}`)] : []),
        "",
        "Times",
        times,
        "",
        "Try next",
        ...(isEmbedded(stack)
            ? [
                  `  eval "$(make -s env${where})"${" ".repeat(Math.max(1, 27 - where.length))}pulumi and kubectl by hand, on this stack`,
                  "  kubectl get deploy,sts,svc,netpol -A            the platform",
              ]
            : []),
        "  npx matrice check platforms/*/matrix.md         what the document says",
        `  make preview${where.padEnd(36)}what a change to the matrix would change`,
        ...(isEmbedded(stack) ? [`  make down${where.padEnd(39)}removes it all`] : []),
    ].join("\n");
}

/** Secrets are objects with a signature in exported state: they are not printed. */
function isPlain(value: unknown): boolean {
    return !JSON.stringify(value ?? null).includes("4dabf18193072939515e22adb298388d");
}

function plainText(value: unknown): string {
    if (Array.isArray(value)) return value.map(plainText).join(", ");
    return typeof value === "string" ? value : JSON.stringify(value);
}

function wrap(words: readonly string[], width = 100): string[] {
    const lines: string[] = [];
    for (const word of words) {
        const last = lines[lines.length - 1];
        if (last !== undefined && last.length + word.length + 2 <= width) lines[lines.length - 1] = `${last}, ${word}`;
        else lines.push(`  ${word}`);
    }
    return lines;
}
