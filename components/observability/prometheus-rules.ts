import { stringify } from "yaml";
import { printRange, type Matrix, type Role } from "../../matrix";
import type { Resources } from "../pod";
import { scraped } from "./prometheus-configuration";

/** What a role runs. Alerts go by it: a platform names its roles as it likes. */
export type Program =
    | "alertmanager"
    | "application"
    | "backup-status"
    | "cert-manager"
    | "grafana"
    | "influxdb"
    | "log-collector"
    | "loki"
    | "mongodb"
    | "nginx"
    | "postgresql"
    | "prometheus"
    | "redis";

/** What a role is set to run. */
export interface Running {
    readonly program: Program;
    readonly pods: number;
    /** What one pod may use, where an alert is to tell that it does. */
    readonly resources?: Resources;
}

/** What a role does on a schedule, and nobody scrapes: what the bucket of the backups tells of it. */
export type Task = "backup" | "cleanup" | "drill" | "retention";

export interface DeploymentRules {
    readonly role: Role;
    readonly matrix: Matrix;
    /** What each role is set to run. */
    readonly running: ReadonlyMap<Role, Running>;
    /** What each role is set to do on a schedule. */
    readonly scheduled?: ReadonlyMap<Role, Task>;
}

/**
 * A rule file of what only the program knows. `matrice_expected_targets{job, role, program}` is how many targets a
 * scraped role should have: an alert compares it with those that answer, since a pod that never got an address is no
 * target; the exporter of its volume is of program node-exporter. `matrice_memory_limit_bytes{job, role}` and
 * `matrice_cpu_limit_cores{job, role}` are what one pod may use.
 * `matrice_scheduled_task{role, task}` is 1 for each role that does something on a schedule, so that an alert on its
 * silence is for platforms that have it.
 * `matrice_flow_info{source, destination, ports, transport, document}` is 1 for each row of the documents.
 */
export function deploymentRules({ role, matrix, running, scheduled = new Map() }: DeploymentRules): string {
    // It is one pod, and its own target.
    const all = new Map<Role, Running>([...running, [role, { program: "prometheus", pods: 1 }]]);
    const targets = [{ role, job: role.slug, purpose: "metrics" }, ...scraped({ role, matrix })];
    const expected = targets.flatMap(({ role: to, job, purpose }) => {
        const runs = all.get(to);
        if (runs === undefined) return [];
        const labels = { job, role: to.name };
        const program = purpose === "volumes" ? "node-exporter" : runs.program;
        const limits = purpose === "volumes" ? [] : limitsOf(runs, labels);
        return [constant("matrice_expected_targets", runs.pods, { ...labels, program }), ...limits];
    });
    const tasks = [...scheduled].map(([{ name }, task]) => constant("matrice_scheduled_task", 1, { role: name, task }));
    return stringify(
        {
            groups: [
                { name: "expected", rules: [...expected, ...tasks] },
                { name: "flows", rules: rows(matrix).map((row) => constant("matrice_flow_info", 1, row)) },
            ],
        },
        { lineWidth: 0 },
    );
}

function limitsOf({ resources }: Running, labels: Record<string, string>): Record<string, unknown>[] {
    if (resources === undefined) return [];
    const { cpu, memory } = resources;
    return [
        constant("matrice_memory_limit_bytes", amount(memory[1]), labels),
        constant("matrice_cpu_limit_cores", amount(cpu[1]), labels),
    ];
}

const UNITS: Readonly<Record<string, number>> = { "": 1, m: 1e-3, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** A quantity of Kubernetes as a number. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
function amount(quantity: string): number {
    const [, number, unit] = /^([0-9.]+)(m|Ki|Mi|Gi)?$/.exec(quantity) ?? [];
    if (number === undefined) throw new RangeError(`Quantity ${quantity}: expected one such as 500m, 2 or 512Mi.`);
    return Number(number) * UNITS[unit ?? ""];
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
