import type { Matrix } from "../../matrix";
import type { KubernetesObject, PodClass, Reach } from "../../network";
import { formatAddress } from "../../network";

/** One Deployment for each role with pods, with nothing but what selectors see. */
export function rolePods(matrix: Matrix): KubernetesObject[] {
    return matrix.roles
        .filter(({ workload }) => workload !== undefined)
        .map(({ workload, podLabels }) => ({
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: workload!,
            spec: { template: { metadata: { labels: podLabels }, spec: { containers: [{ name: "main" }] } } },
        }));
}

/** Everything that reach finds, as sorted text: equal for objects that let the same things connect. */
export function reachText(judged: Reach): string[] {
    const name = (one: PodClass) => one.workloads.join("+");
    return [...judged.connections()]
        .map(({ source, destination, ports }) => {
            const [from, to] = [source, destination].map((end) =>
                "pods" in end
                    ? name(end.pods)
                    : end.addresses
                          .map(([start, stop]) => `${formatAddress(start)}…${formatAddress(stop - 1n)}`)
                          .join(" "),
            );
            return `${from} > ${to}: ${JSON.stringify(ports)}`;
        })
        .sort();
}

/** The policies with one rule of one of them left out, for each rule. */
export function* withoutEachRule(
    policies: readonly KubernetesObject[],
): Generator<{ where: string; policies: KubernetesObject[] }> {
    for (const policy of policies) {
        for (const direction of ["ingress", "egress"]) {
            const rules: unknown[] = policy.spec[direction] ?? [];
            for (const index of rules.keys()) {
                const spec = { ...policy.spec, [direction]: rules.filter((_, at) => at !== index) };
                yield {
                    where: `${policy.metadata.namespace}/${policy.metadata.name} ${direction}[${index}]`,
                    policies: policies.map((one) => (one === policy ? { ...policy, spec } : one)),
                };
            }
        }
    }
}
