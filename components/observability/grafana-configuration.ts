import { stringify } from "yaml";
import { MissingRow, type Matrix, type Role } from "../../matrix";
import { addressOf } from "./uses";

/** What Grafana reads from a role. */
export type SourceType = "prometheus" | "loki" | "alertmanager";

export interface DataSources {
    readonly text: string;
    readonly reports: readonly string[];
}

/**
 * The provisioned data sources, one a role, at the port of Grafana's row to it. The uid, by which dashboards name it, is
 * the type's name. https://grafana.com/docs/grafana/latest/administration/provisioning/#data-sources
 */
export function dataSources(
    role: Role,
    matrix: Matrix,
    sources: Readonly<Partial<Record<SourceType, Role>>>,
): DataSources {
    const reports: string[] = [];
    const datasources = Object.entries(sources).flatMap(([type, source]) => {
        const address = addressOf(matrix, role, source);
        if (address instanceof MissingRow) {
            reports.push(`${role.name} does not read ${source.name}. ${address.message}`);
            return [];
        }
        return [
            {
                name: source.name,
                uid: type,
                type,
                access: "proxy",
                url: `http://${address}`,
                isDefault: type === "prometheus",
                editable: false,
                jsonData: JSON_DATA[type as SourceType],
            },
        ];
    });
    // Grafana deletes a source that was provisioned and no longer is.
    return { reports, text: stringify({ apiVersion: 1, prune: true, datasources }, { lineWidth: 0 }) };
}

const JSON_DATA: Readonly<Record<SourceType, Record<string, unknown>>> = {
    prometheus: { httpMethod: "POST", timeInterval: "30s", prometheusType: "Prometheus" },
    loki: { maxLines: 1000 },
    alertmanager: { implementation: "prometheus" },
};

/** Provisions the dashboards of a folder; who is signed in may look and change nothing that stays. */
export function dashboardProvider(folder: string): string {
    return stringify({
        apiVersion: 1,
        providers: [
            {
                name: "files",
                type: "file",
                folder: "",
                disableDeletion: true,
                allowUiUpdates: false,
                options: { path: folder, foldersFromFilesStructure: false },
            },
        ],
    });
}

export interface GrafanaSettings {
    readonly port: number | undefined;
    /** The address that people open: https://supervision.example.org. */
    readonly url: string;
    readonly secretsFolder: string;
    readonly provisioningFolder: string;
    readonly dataFolder: string;
}

/**
 * Grafana's settings as variables. People sign in; nobody signs up; it calls nobody outside; alerts are Prometheus'.
 * https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/
 */
export function grafanaEnvironment(settings: GrafanaSettings): Record<string, string> {
    const { port, url, secretsFolder } = settings;
    return {
        ...(port === undefined ? { GF_SERVER_HTTP_ADDR: "127.0.0.1" } : { GF_SERVER_HTTP_PORT: String(port) }),
        GF_SERVER_ROOT_URL: `${url.replace(/\/+$/, "")}/`,
        GF_SERVER_DOMAIN: new URL(url).hostname,
        GF_SERVER_ENFORCE_DOMAIN: "false",
        GF_PATHS_DATA: settings.dataFolder,
        GF_PATHS_PROVISIONING: settings.provisioningFolder,
        GF_PATHS_PLUGINS: `${settings.dataFolder}/plugins`,
        GF_LOG_MODE: "console",
        GF_LOG_CONSOLE_FORMAT: "json",
        GF_SECURITY_ADMIN_USER: "admin",
        GF_SECURITY_ADMIN_PASSWORD__FILE: `${secretsFolder}/admin-password`,
        GF_SECURITY_SECRET_KEY__FILE: `${secretsFolder}/secret-key`,
        GF_SECURITY_COOKIE_SECURE: "true",
        GF_SECURITY_COOKIE_SAMESITE: "strict",
        GF_SECURITY_CONTENT_SECURITY_POLICY: "true",
        GF_SECURITY_DISABLE_GRAVATAR: "true",
        GF_AUTH_ANONYMOUS_ENABLED: "false",
        GF_USERS_ALLOW_SIGN_UP: "false",
        GF_USERS_ALLOW_ORG_CREATE: "false",
        GF_SNAPSHOTS_EXTERNAL_ENABLED: "false",
        GF_NEWS_NEWS_FEED_ENABLED: "false",
        GF_ANALYTICS_REPORTING_ENABLED: "false",
        GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
        GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false",
        GF_PLUGINS_PLUGIN_ADMIN_ENABLED: "false",
        // No row lets it fetch them.
        GF_PLUGINS_PREINSTALL_DISABLED: "true",
        GF_UNIFIED_ALERTING_ENABLED: "false",
        GF_METRICS_ENABLED: "true",
    };
}
