import { stringify } from "yaml";
import { printRange, type Matrix, type Role } from "../../matrix";
import { scraped } from "./prometheus-configuration";

export interface DeploymentRules {
    readonly role: Role;
    readonly matrix: Matrix;
    /** How many pods each role is set to have. */
    readonly replicas: ReadonlyMap<Role, number>;
}

/**
 * A rule file of what only the program knows. `matrice_expected_targets{job, role}` is how many targets a scraped role
 * should have: an alert compares it with those that answer, since a pod that never got an address is no target.
 * `matrice_flow_info{source, destination, ports, transport, document}` is 1 for each row of the documents.
 */
export function deploymentRules({ role, matrix, replicas }: DeploymentRules): string {
    // It is one pod, and its own target.
    const counts = new Map([...replicas, [role, 1]]);
    const own = { role, job: role.slug };
    const expected = [own, ...scraped({ role, matrix })].flatMap((target) => {
        const count = counts.get(target.role);
        const labels = { job: target.job, role: target.role.name };
        return count === undefined ? [] : [constant("matrice_expected_targets", count, labels)];
    });
    return stringify(
        {
            groups: [
                { name: "expected", rules: expected },
                { name: "flows", rules: rows(matrix).map((row) => constant("matrice_flow_info", 1, row)) },
            ],
        },
        { lineWidth: 0 },
    );
}

/** Each row once, whatever number of roles its groups stand for. */
function rows(matrix: Matrix): Record<string, string>[] {
    const all = new Map(matrix.flows.map((flow) => [flow.row, flow]));
    return [...all.values()].map(({ source, destination, ports, transport, document }) => ({
        source,
        destination,
        ports: ports.map(printRange).join(", "),
        transport,
        document,
    }));
}

function constant(record: string, value: number, labels: Record<string, string>): Record<string, unknown> {
    return { record, expr: `vector(${value})`, labels };
}
