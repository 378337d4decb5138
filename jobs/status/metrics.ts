import type { BackupStatus, JobStatus } from "./status";

type Metric = readonly [name: string, help: string, value: number | undefined];

/**
 * The metrics in Prometheus's text format. One whose value is not known (no drill has run) is left out, never 0.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 * @param readable whether the bucket could be read the last time
 */
export function metricsText(status: BackupStatus | undefined, readable: boolean): string {
    const metrics: Metric[] = [
        ["matrice_backup_status_readable", "1 when the bucket could be read the last time, else 0.", Number(readable)],
        [
            "matrice_backup_last_success_timestamp_seconds",
            "When the newest backup was finished.",
            seconds(status?.newest?.finished),
        ],
        [
            "matrice_backup_oldest_timestamp_seconds",
            "When the oldest backup was finished.",
            seconds(status?.oldest?.finished),
        ],
        ["matrice_backup_size_bytes", "Size of the newest backup's archive.", status?.newest?.archive.size],
        ["matrice_backup_count", "Backups that are kept.", status?.count],
        ...jobMetrics("drill", "restore drill", status?.drill),
        ...jobMetrics("cleanup", "clean-up", status?.cleanup),
    ];
    return metrics
        .filter(([, , value]) => value !== undefined)
        .map(([name, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`)
        .join("");
}

function jobMetrics(name: string, what: string, status: JobStatus | undefined): Metric[] {
    const result = status && Number(status.last.outcome !== "failed");
    return [
        [
            `matrice_${name}_last_success_timestamp_seconds`,
            `When the last ${what} that succeeded was finished.`,
            seconds(status?.lastSuccess?.finished),
        ],
        [`matrice_${name}_last_result`, `1 when the last ${what} succeeded, 0 when it failed.`, result],
        [`matrice_${name}_duration_seconds`, `How long the last ${what} took.`, status?.last.seconds],
    ];
}

function seconds(moment: string | undefined): number | undefined {
    return moment === undefined ? undefined : Date.parse(moment) / 1000;
}
