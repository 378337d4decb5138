import { parse } from "yaml";
import { DEAD_MANS_SWITCH, SEVERITIES } from "../../../components/observability/alertmanager-configuration";
import { dataSources } from "../../../components/observability/grafana-configuration";
import { alertRules, dashboards } from "../../../components/observability/monitoring-files";
import { watchedMatrix } from "./watched-matrix";

/** The alerts that the repository keeps. */
const alerts = Object.values(alertRules())
    .flatMap((text) => (parse(text) as { groups: { rules: Rule[] }[] }).groups)
    .flatMap(({ rules }) => rules)
    .filter(({ alert }) => alert !== undefined);
interface Rule {
    alert?: string;
    labels: { severity: string };
}

describe("The alerts that the repository keeps", () => {
    it("are of severities that Alertmanager has a receiver for", () => {
        expect(alerts.length).toBeGreaterThan(0);
        const severities = new Set(alerts.map(({ labels }) => labels.severity));
        expect([...severities].filter((severity) => !(SEVERITIES as readonly string[]).includes(severity))).toEqual([]);
    });

    it("have the dead man's switch, by the name that Alertmanager knows", () => {
        expect(alerts.filter(({ alert }) => alert === DEAD_MANS_SWITCH)).toHaveLength(1);
    });
});

it("The dashboards that the repository keeps name data sources that are provisioned", () => {
    const matrix = watchedMatrix();
    const [prometheus, loki] = ["Prometheus", "Loki"].map((name) => matrix.role(name));
    const provisioned = parse(dataSources(matrix.role("Grafana"), matrix, { prometheus, loki }).text).datasources;
    const known = provisioned.map(({ uid }: { uid: string }) => uid);
    const named = Object.values(dashboards()).flatMap((text) => sourcesIn(JSON.parse(text)));
    expect(named.length).toBeGreaterThan(0);
    // Grafana's own source of annotations has a uid of its own.
    expect([...new Set(named)].filter((uid) => uid !== "-- Grafana --" && !known.includes(uid))).toEqual([]);
});

/** The uids of every data source that a dashboard names. */
function sourcesIn(value: unknown): string[] {
    if (typeof value !== "object" || value === null) return [];
    const own = (value as { datasource?: { uid?: string } }).datasource?.uid;
    return [...(own === undefined ? [] : [own]), ...Object.values(value).flatMap(sourcesIn)];
}
