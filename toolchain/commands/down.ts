import { clusterNamed, clusterState, startCluster, stopCluster } from "../cluster/cluster";
import { isEmbedded } from "../environment";
import { ToolchainError } from "../failure";
import type { Steps } from "../steps";
import { stopStorage } from "../storage/storage";
import { requireInPlace } from "../tools/acquire";
import { dropState, hasResources, pulumi, removeDeadLocks } from "./stack";

const destroySeconds = 30 * 60;

export interface DownOptions {
    stack: string;
    /** Removes cluster and state without asking the engine to delete anything. */
    force: boolean;
}

const forceMend = "remove cluster and state as they are: make down FORCE=1";

/**
 * `make down`: destroys the stack of an embedded cluster and removes the cluster.
 * @throws ToolchainError for any other stack: data of a real platform is not removed by a make target
 */
export async function down({ stack, force }: DownOptions, steps: Steps): Promise<void> {
    refuseRealStacks(stack);
    requireInPlace(["pulumi", "kubectl", "kwokctl"]);
    const { context } = clusterNamed(stack);
    if (!force) {
        const state = await clusterState(stack);
        const resources = await hasResources(stack);
        if (state === "absent" && !resources) return steps.say("There is nothing to take down.");
        if (state === "absent") {
            throw new ToolchainError(`The cluster ${context} is gone, but the state says that things are on it.`, [
                forceMend,
            ]);
        }
        if (resources) {
            await bringBack(stack, state, steps);
            removeDeadLocks((text) => steps.say(text));
            await steps.step(`pulumi destroy of stack ${stack}`, () => destroy(stack), { streams: true });
        }
    }
    await steps.step(`Removing the embedded cluster ${context}`, () => stopCluster(stack));
    await steps.step("Removing its object storage with the backups in it", () => stopStorage(stack));
    await steps.step(`Removing stack ${stack}`, () => dropState(stack));
}

/** @throws ToolchainError naming the stack */
export function refuseRealStacks(stack: string): void {
    if (isEmbedded(stack)) return;
    throw new ToolchainError(
        `make down takes down embedded clusters only: stack ${stack} holds a real platform's data.`,
        [`if you mean it, by hand: pulumi destroy --stack ${stack}`],
    );
}

async function bringBack(stack: string, state: "running" | "dead", steps: Steps): Promise<void> {
    if (state === "running") return;
    try {
        await steps.step(`Bringing back the embedded cluster ${clusterNamed(stack).context} to empty it`, () =>
            startCluster(stack, { say: (text) => steps.say(text) }),
        );
    } catch (error) {
        if (!(error instanceof ToolchainError)) throw error;
        throw new ToolchainError(error.message, [...error.mends.filter((mend) => !mend.includes("FORCE")), forceMend]);
    }
}

async function destroy(stack: string): Promise<void> {
    const options = { inherit: true, timeoutSeconds: destroySeconds };
    const result = await pulumi(stack, ["destroy", "--yes", "--stack", stack], options);
    if (result.code === 0) return;
    const how = result.timedOut ? `took over ${destroySeconds / 60} min and was stopped` : "failed: see above";
    throw new ToolchainError(`pulumi destroy ${how}.`, ["run it again: make down", forceMend]);
}
