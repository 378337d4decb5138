import * as k8s from "@pulumi/kubernetes";

type Container = k8s.types.input.core.v1.Container;

/** Where the reasons stand; kube-score reads the names alone. */
export const REASONS = "matrice.dev/kube-score";

/**
 * Annotations that excuse an object from checks of kube-score, each with its reason. A test holds that what is excused
 * would be found, and that nothing else is. https://github.com/zegl/kube-score/blob/v1.20.0/README.md#ignoring-a-test
 */
export function excuses(reasons: Readonly<Record<string, string>>): Record<string, string> {
    const entries = Object.entries(reasons);
    return {
        "kube-score/ignore": entries.map(([check]) => check).join(","),
        [REASONS]: entries.map(([check, reason]) => `${check}: ${reason}`).join("\n"),
    };
}

/** The first identity that no account of a node may have, as kube-score counts. */
const FIRST_OF_NO_NODE = 10_000;

/** What a pod is excused from: what its images settle, and what would make it depend on more than it does. */
export function podExcuses(
    containers: readonly Container[],
    identities: readonly number[],
): Readonly<Record<string, string>> {
    return {
        "container-image-pull-policy":
            "images are pinned, and a pod starts again on its node while the registry is away",
        ...(identities.some((identity) => identity < FIRST_OF_NO_NODE) && {
            "container-security-context-user-group-id":
                "the user that its image is made for, whose files it reads and whose volumes it writes",
        }),
        ...(containers.some(hasOneProbe) && {
            "pod-probes-identical":
                "the program says in one place how it is; it is taken out of its Service long before it is restarted",
        }),
    };
}

/** Whether readiness and liveness ask the same. */
function hasOneProbe({ readinessProbe, livenessProbe }: Container): boolean {
    const asked = [readinessProbe, livenessProbe].map((probe) => {
        const { httpGet, tcpSocket, exec } = (probe ?? {}) as k8s.types.input.core.v1.Probe;
        return JSON.stringify([httpGet, tcpSocket, exec]);
    });
    return readinessProbe !== undefined && livenessProbe !== undefined && asked[0] === asked[1];
}
