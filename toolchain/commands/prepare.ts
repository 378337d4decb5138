import * as path from "node:path";
import { clusterNamed, startCluster } from "../cluster/cluster";
import { requireSupportedVersion } from "../cluster/health";
import { isEmbedded } from "../environment";
import { ToolchainError } from "../failure";
import { binFolder, display } from "../paths";
import { run } from "../processes";
import type { Steps } from "../steps";
import { startStorage } from "../storage/storage";
import { acquire } from "../tools/acquire";
import { dropState, explicitContext, hasResources, removeDeadLocks, requireOwnBackend, selectStack } from "./stack";

/** The matrix's port of the control plane. */
export const defaultClusterPort = 6443;

/** Where the servers of an embedded stack listen. */
export interface Ports {
    /** Of the control plane; a free one when left out. */
    clusterPort?: number;
    /** Of the object storage; a free one when left out. */
    storagePort?: number;
}

/** Brings everything into place that a preview or up of a stack needs: tools, cluster, selected stack. */
export async function prepare(stack: string, ports: Ports, steps: Steps): Promise<void> {
    // Said before anything long is done.
    const context = isEmbedded(stack) ? undefined : explicitContext(stack);
    if (context) requireOwnBackend(stack);
    await acquire("up", steps);
    if (context) {
        await steps.step(`Asking the cluster of context ${context}`, () => requireReachable(context));
        return steps.step(`Selecting stack ${stack}`, () => selectStack(stack));
    }
    const { context: name } = clusterNamed(stack);
    const { did, server } = await steps.step(`Bringing up the embedded cluster ${name}`, () =>
        startCluster(stack, { port: ports.clusterPort, say: (text) => steps.say(text) }),
    );
    steps.say(`  ${name} ${{ created: "was made", restarted: "was started again", reused: "runs" }[did]}: ${server}`);
    const storage = await steps.step("Bringing up its object storage", () =>
        startStorage(stack, { port: ports.storagePort }),
    );
    steps.say(`  ${storage.endpoint}, its keys are in ${display(storage.accessFile)}`);
    await steps.step(`Selecting stack ${stack}`, async () => {
        await selectStack(stack);
        removeDeadLocks((text) => steps.say(text));
        if (did !== "created" || !(await hasResources(stack))) return;
        steps.say("  The state is of a cluster that is no more, the new one is empty: the state is dropped.");
        await dropState(stack);
        await selectStack(stack);
    });
}

async function requireReachable(context: string): Promise<void> {
    const mends = [`see whether it answers: kubectl --context ${context} version`];
    const known = await run(path.join(binFolder, "kubectl"), ["config", "get-contexts", context, "-o", "name"], {
        timeoutSeconds: 10,
    });
    if (known.code !== 0) {
        throw new ToolchainError(
            `There is no context ${context} in the kubeconfig (KUBECONFIG or ~/.kube/config).`,
            mends,
        );
    }
    await requireSupportedVersion({ context }, mends);
}
