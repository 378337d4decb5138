import { join } from "node:path";
import { parse } from "yaml";
import { scraped, type Target } from "../../components/observability/prometheus-configuration";
import { loadPlatform, type Matrix, type Role } from "../../matrix";
import type { KubernetesObject } from "../../network";
import { objectsOf } from "../golden/objects";
import { ROOT } from "./rules";

/** A platform as its Prometheus sees it. */
export interface Watched {
    readonly platform: string;
    readonly matrix: Matrix;
    readonly prometheus: Role;
    readonly targets: readonly Target[];
    /** Every role that is scraped, Prometheus itself first. */
    readonly roles: readonly Role[];
    /** Labels `job`. */
    readonly jobs: ReadonlySet<string>;
    /** What the rules made at deployment time say of stack prod: a value by job. */
    readonly recorded: (record: string) => ReadonlyMap<string, Recorded>;
    /** What roles do on a schedule, by role. */
    readonly scheduled: ReadonlyMap<string, string>;
    /** The objects of stack prod. */
    readonly objects: readonly KubernetesObject[];
}

export interface Recorded {
    readonly value: number;
    readonly program?: string;
}

interface RecordingRule {
    readonly record: string;
    readonly expr: string;
    readonly labels: {
        readonly job: string;
        readonly role: string;
        readonly program?: string;
        readonly task?: string;
    };
}

function watched(platform: string, name: string): Watched {
    const matrix = loadPlatform(join(ROOT, "platforms", platform));
    const prometheus = matrix.role(name);
    const targets = scraped({ role: prometheus, matrix });
    const objects = objectsOf(`${platform}.prod`);
    const { data } = objects.find((object) => object.data?.["deployment.yaml"] !== undefined)!;
    const rules = parse(data["deployment.yaml"]).groups[0].rules as RecordingRule[];
    return {
        platform,
        matrix,
        prometheus,
        targets,
        roles: [...new Set([prometheus, ...targets.map(({ role }) => role)])],
        jobs: new Set([prometheus.slug, ...targets.map(({ job }) => job)]),
        recorded: (record) =>
            new Map(
                rules
                    .filter((rule) => rule.record === record)
                    .map(({ expr, labels: { job, program } }) => [
                        job,
                        { value: Number(/^vector\((.+)\)$/.exec(expr)?.[1]), program },
                    ]),
            ),
        scheduled: new Map(
            rules.flatMap(({ record, labels: { role, task = "" } }) =>
                record === "matrice_scheduled_task" ? [[role, task] as const] : [],
            ),
        ),
        objects,
    };
}

/** The platforms, each with the name that its documents give Prometheus. */
export const platforms: readonly Watched[] = [watched("e-chauffeur", "Prometheus"), watched("agents", "Monitoring")];
