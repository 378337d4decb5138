import { each } from "./cel";

/** What is said of each container `c`, number `i` of the list `kind`, of a policy's `variables.pod`. */
export function everyContainer(said: string): string {
    const containers = each("variables.pod[?kind].orValue([])", "i", "c", said);
    return each("['initContainers', 'containers', 'ephemeralContainers']", "k", "kind", containers);
}

/** Where that container stands, as a CEL text: `spec.containers[0]`. */
export const AT = "variables.at + '.' + kind + '[' + string(i) + ']'";
