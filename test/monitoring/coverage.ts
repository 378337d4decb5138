/** What can go wrong with a role, each with an alert of its own. */
export const kinds = ["down", "fewer targets", "errors", "latency", "saturation", "absent metrics", "disk"] as const;
export type Kind = (typeof kinds)[number];

/** The alerts that tell of it, or why none is needed. */
export type Cover = readonly string[] | { readonly none: string };

/** By role. */
type Table = Readonly<Record<string, Record<Kind, Cover>>>;

const none = (reason: string): Cover => ({ none: reason });
const NO_VOLUME = none("keeps nothing on a volume");
const OWN_METRICS = none("the program shows its metrics itself: whoever answers has them");
const VOLUME = ["VolumeFilling", "VolumeFullSoon", "VolumeFull", "VolumeInodesHigh", "VolumeMetricsAbsent"];

const served = { down: ["RoleDown", "RoleWithoutTargets"], "fewer targets": ["TargetsFewerThanReplicas"] };
const supervised = { ...served, down: ["SupervisionDown", "RoleWithoutTargets"] };

const application: Record<Kind, Cover> = {
    ...served,
    errors: ["HttpFailing", "HttpErrors"],
    latency: ["HttpSlow", "EventLoopLag"],
    saturation: ["MemoryNearLimit", "CpuNearLimit", "FileDescriptorsHigh"],
    "absent metrics": ["HttpMetricsAbsent"],
    disk: NO_VOLUME,
};

/** What is wrong with them shows in the certificates. */
const certManagerPart: Record<Kind, Cover> = {
    ...served,
    errors: none("a certificate that it spoils is not ready: CertificateNotReady, read from the controller"),
    latency: none("asked when a certificate changes, some times a week"),
    saturation: ["FileDescriptorsHigh"],
    "absent metrics": OWN_METRICS,
    disk: NO_VOLUME,
};

const redis: Record<Kind, Cover> = {
    ...served,
    down: [...served.down, "RedisDown"],
    errors: ["RedisErrors"],
    latency: ["RedisSlow"],
    saturation: ["RedisMemoryHigh", "RedisClientsHigh"],
    "absent metrics": ["RedisMetricsAbsent"],
    disk: NO_VOLUME,
};

const proxy: Record<Kind, Cover> = {
    ...served,
    down: [...served.down, "ProxyDown"],
    errors: ["ProxyErrors", "ProxyDroppingConnections"],
    latency: ["ProxySlow"],
    saturation: ["ProxyConnectionsHigh"],
    "absent metrics": ["ProxyMetricsAbsent", "ProxyLogMetricsAbsent"],
    disk: NO_VOLUME,
};

const prometheus: Record<Kind, Cover> = {
    ...supervised,
    errors: ["PrometheusConfigurationRefused", "PrometheusRulesFailing", "PrometheusNotificationsFailing"],
    latency: ["PrometheusSlow"],
    saturation: ["SupervisionMemoryHigh", "FileDescriptorsHigh"],
    "absent metrics": ["ExpectedTargetsAbsent"],
    disk: [...VOLUME, "PrometheusStorageFailing"],
};

/** What both platforms run under the same names. */
const everywhere: Table = {
    Alertmanager: {
        ...supervised,
        errors: ["AlertmanagerConfigurationRefused", "AlertmanagerNotificationsFailing"],
        latency: ["AlertmanagerSlow"],
        saturation: ["SupervisionMemoryHigh", "FileDescriptorsHigh"],
        "absent metrics": OWN_METRICS,
        disk: VOLUME,
    },
    Loki: {
        ...supervised,
        errors: ["LokiErrors", "LogsDiscarded", "LogRetentionStopped"],
        latency: ["LokiSlow"],
        saturation: ["SupervisionMemoryHigh", "FileDescriptorsHigh"],
        "absent metrics": ["LogsAbsent"],
        disk: VOLUME,
    },
    "Log collector": {
        ...supervised,
        errors: ["LogCollectorDropping"],
        latency: ["LogCollectorSlow"],
        saturation: ["SupervisionMemoryHigh", "FileDescriptorsHigh"],
        "absent metrics": OWN_METRICS,
        disk: NO_VOLUME,
    },
    Grafana: {
        ...supervised,
        errors: ["GrafanaErrors"],
        latency: ["GrafanaSlow"],
        saturation: ["SupervisionMemoryHigh", "FileDescriptorsHigh"],
        "absent metrics": OWN_METRICS,
        disk: none("keeps what it can make again: its data sources and dashboards are provisioned"),
    },
    "cert-manager": {
        ...served,
        errors: ["CertificateNotReady", "CertificateAuthorityErrors"],
        latency: ["CertificateChallengeStuck"],
        saturation: none("renews some ten certificates in two months"),
        "absent metrics": ["CertificateMetricsAbsent"],
        disk: NO_VOLUME,
    },
    "cert-manager webhook": certManagerPart,
    "cert-manager cainjector": certManagerPart,
    "Backup status": {
        ...served,
        errors: ["BackupStatusUnreadable"],
        latency: none("asks the object storage in the background: a scrape reads what it remembers"),
        saturation: none("holds a few manifests, whatever the size of the backups"),
        "absent metrics": ["BackupStatusAbsent"],
        disk: NO_VOLUME,
    },
};

const eChauffeur: Table = {
    ...everywhere,
    Redis: redis,
    Proxy: proxy,
    Prometheus: prometheus,
    API: application,
    "App Dashboard": application,
    "App Driver": application,
    "App User": application,
    MongoDB: {
        ...served,
        down: [...served.down, "MongoDBDown", "MongoDBWithoutPrimary", "MongoDBMemberUnhealthy"],
        errors: ["MongoDBErrors"],
        latency: ["MongoDBSlow", "MongoDBReplicationLag"],
        saturation: ["MongoDBConnectionsHigh", "MongoDBQueueing", "MongoDBOplogWindowShort"],
        "absent metrics": ["MongoDBMetricsAbsent"],
        disk: VOLUME,
    },
    Redirect: {
        ...served,
        down: [...served.down, "ProxyDown"],
        errors: ["ProxyDroppingConnections"],
        latency: none("answers 301 from memory; the proxy's log has its durations with the others'"),
        saturation: ["ProxyConnectionsHigh"],
        "absent metrics": ["ProxyMetricsAbsent"],
        disk: NO_VOLUME,
    },
    InfluxDB: {
        ...supervised,
        errors: ["RemoteWriteFailing"],
        latency: ["RemoteWriteBehind"],
        saturation: ["SupervisionMemoryHigh", "FileDescriptorsHigh"],
        "absent metrics": OWN_METRICS,
        disk: VOLUME,
    },
};

/** Services of Python, which have no event loop that is told of. */
const service: Record<Kind, Cover> = { ...application, latency: ["HttpSlow"] };

const agents: Table = {
    ...everywhere,
    "FastAPI Backend": service,
    "Agent Service": service,
    "OAuth Manager": service,
    "Nginx Proxy": {
        ...proxy,
        errors: [...alertsOf(proxy.errors), "WafBlocking", "WafBlockingMuch", "RequestsRateLimited"],
    },
    Redis: redis,
    PostgreSQL: {
        ...served,
        down: [...served.down, "PostgreSQLDown"],
        errors: ["PostgreSQLErrors", "PostgreSQLDeadlocks"],
        latency: ["PostgreSQLSlow"],
        saturation: ["PostgreSQLConnectionsHigh"],
        "absent metrics": ["PostgreSQLMetricsAbsent"],
        disk: VOLUME,
    },
    Monitoring: prometheus,
};

/** By platform and role that is scraped: the alerts on each kind of trouble. By hand, apart from the rules. */
export const coverage: Readonly<Record<string, Table>> = { "e-chauffeur": eChauffeur, agents };

/** What both platforms run under the same names, and nobody scrapes. */
const unscrapedEverywhere: Readonly<Record<string, Cover>> = {
    "Job de backup": ["BackupTooOld", "BackupShrunk"],
    "Job de retention": ["BackupKeptTooLong", "BackupsTooMany"],
    "Job de drill": ["DrillFailed", "DrillTooOld", "DrillSlow", "DrillStatusAbsent"],
    "ACME solver": none("lives for one challenge; CertificateChallengeStuck tells"),
};

/** Roles with pods that are not scraped: the alerts that tell of them all the same, or why none is needed. */
export const unscraped: Readonly<Record<string, Readonly<Record<string, Cover>>>> = {
    "e-chauffeur": {
        ...unscrapedEverywhere,
        "Job de cleanup": ["CleanupFailed", "CleanupTooOld", "CleanupStatusAbsent"],
        "MongoDB init": none("ends once MongoDB has its users; without them MongoDBDown and RoleDown of the API tell"),
    },
    agents: unscrapedEverywhere,
};

/** The alerts of a cover; none where it gives a reason. */
export function alertsOf(cover: Cover): readonly string[] {
    return "none" in cover ? [] : cover;
}

/** What is promised of the whole platform: the alert, and the part of its expression that says so. */
export const promises: readonly (readonly [promise: string, alert: string, expression: RegExp])[] = [
    [
        "a certificate by what is left of its lifetime",
        "CertificateNotRenewed",
        /not_after[^]*\/[^]*not_before[^]*< 0\.25/,
    ],
    ["a certificate about to expire", "CertificateAboutToExpire", /< 0\.1\b/],
    ["a backup older than 26 h", "BackupTooOld", /> 26 \* 3600$/],
    ["a backup that is less than half of what it was", "BackupShrunk", /< 0\.5$/],
    ["a restore drill that failed", "DrillFailed", /matrice_drill_last_result\) == 0/],
    ["a volume that fills", "VolumeFilling", /node_filesystem_avail_bytes/],
    ["metrics that are no longer there", "ExpectedTargetsAbsent", /^absent\(/],
    ["alerts that no longer work", "DeadMansSwitch", /up/],
    ["traffic that the matrix does not allow", "FlowsDenied", /cilium_drop_count_total/],
];
