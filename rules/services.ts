import type { Role } from "../matrix";
import type { RuleContext } from "./rule";

/** A Service is named as its role's workload, or that and what it is for: `api`, `api-metrics`. */
export function roleOfService(
    namespace: string,
    name: string,
    { matrix }: Pick<RuleContext, "matrix">,
): Role | undefined {
    return matrix.roles
        .filter(
            ({ workload }) =>
                workload?.namespace === namespace && (name === workload.name || name.startsWith(`${workload.name}-`)),
        )
        .sort((a, b) => b.workload!.name.length - a.workload!.name.length)[0];
}
