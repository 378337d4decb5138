import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lint, loadPlatform, platformFiles } from "../../matrix";

const folder = join(__dirname, "..", "..", "platforms", "agents");
const matrix = loadPlatform(folder);

describe("the agents platform", () => {
    test("has the 15 rows of its document", () => {
        const rows = matrix.flows.filter((flow) => flow.document === "matrix").map(({ row }) => row);
        expect([...new Set(rows)]).toEqual([
            "internet>load-balancer:tcp/80,443",
            "load-balancer>nginx-proxy:tcp/80,443",
            "nginx-proxy>fastapi-backend:tcp/8000",
            "nginx-proxy>agent-service:tcp/8001",
            "nginx-proxy>oauth-manager:tcp/8002",
            "fastapi-backend>postgresql:tcp/5432",
            "fastapi-backend>redis:tcp/6379",
            "fastapi-backend>oauth-manager:tcp/8002",
            "agent-service>postgresql:tcp/5432",
            "agent-service>redis:tcp/6379",
            "agent-service>oauth-manager:tcp/8002",
            "oauth-manager>postgresql:tcp/5432",
            "oauth-manager>redis:tcp/6379",
            "oauth-manager>internet:tcp/443",
            "monitoring>tous-services:tcp/ports-metriques",
        ]);
    });

    test("is read without a warning, and says one thing: a row that is narrower where names are known", () => {
        expect(matrix.warnings).toEqual([]);
        expect(lint(matrix).map(({ code }) => code)).toEqual(["narrowed-row"]);
    });

    test("gives every listener a purpose, and every purpose a port", () => {
        const ports = matrix.roles
            .filter((role) => role.isWorkload)
            .flatMap((role) =>
                role.listeners().map(({ from, purposes }) => `${role.name} ${from} ${purposes.join(" ")}`),
            );
        expect(ports).toEqual([
            "Nginx Proxy 80 http",
            "Nginx Proxy 443 https",
            "Nginx Proxy 9113 metrics",
            "cert-manager 9402 metrics",
            "cert-manager 9403 health",
            "cert-manager webhook 6080 health",
            "cert-manager webhook 9402 metrics",
            "cert-manager webhook 10250 https",
            "cert-manager cainjector 9402 metrics",
            "ACME solver 8089 http",
            "FastAPI Backend 8000 http",
            "FastAPI Backend 9091 metrics",
            "Agent Service 8001 http",
            "Agent Service 9091 metrics",
            "OAuth Manager 8002 http",
            "OAuth Manager 9091 metrics",
            "Backup status 9091 metrics",
            "PostgreSQL 5432 postgresql",
            "PostgreSQL 9100 volumes",
            "PostgreSQL 9187 metrics",
            "Redis 6379 redis",
            "Redis 9121 metrics",
            "Monitoring 9090 http",
            "Monitoring 9100 volumes",
            "Alertmanager 9093 http metrics",
            "Alertmanager 9100 volumes",
            "Grafana 3000 http metrics",
            "Loki 3100 http metrics",
            "Loki 9100 volumes",
            "Log collector 9091 metrics",
        ]);
    });

    test("fills in the metrics port of each of the six services", () => {
        const filled = matrix.flows.filter(({ portSet }) => portSet !== undefined);
        expect(filled.map(({ to, ports }) => `${to.name} ${ports[0].from}`)).toEqual([
            "Nginx Proxy 9113",
            "FastAPI Backend 9091",
            "Agent Service 9091",
            "OAuth Manager 9091",
            "PostgreSQL 9187",
            "Redis 9121",
        ]);
        expect(matrix.unfilled).toEqual([]);
    });

    test("answers each of the eight rules of 6.1.2.1 with rows that stand", () => {
        expect(matrix.questions.map(({ rule, rows }) => `${rule.direction} ${rule.name} ${rows.length}`)).toEqual([
            "inbound HTTP/HTTPS 2",
            "inbound SSH 2",
            "inbound Monitoring 1",
            "outbound APIs externes 8",
            "outbound APIs OAuth externes 1",
            // Rows of two transports are two flows.
            "outbound DNS 6",
            "outbound NTP 1",
            "outbound Logs 1",
        ]);
    });

    test("lets the load balancer alone reach the proxy from outside", () => {
        const proxy = matrix.flowsTo(matrix.role("Nginx Proxy"));
        expect([...new Set(proxy.map(({ from }) => from.name))]).toEqual(["Load Balancer", "Monitoring"]);
    });

    test("has no pod at either end of the rows of machines, probes apart", () => {
        const machines = matrix.flows.filter(({ from, to }) => [from.kind, to.kind].includes("nodes"));
        const pods = machines.filter(({ from, to }) => from.isWorkload || to.isWorkload);
        // The kubelets' probes of cert-manager, from the addresses of the nodes.
        expect(pods.map(({ application, description }) => `${application} ${description}`)).toEqual([
            "HTTP Sonde du nœud",
            "HTTP Sonde du nœud",
        ]);
        expect(machines.length - pods.length).toBe(6);
    });

    test("says how each row that needed a decision is read, and writes no port in its inventory", () => {
        const text = readFileSync(platformFiles(folder).inventory, "utf8").replace(/^decisions:[^]*/m, "");
        expect(text.replace(/#.*/g, "").match(/(?<![-\w])\d{2,5}(?![-\w])/g)).toBeNull();
        const rows = new Set(matrix.flows.map(({ source, destination }) => `${source} → ${destination}`));
        const decided = matrix.inventory.decisions.flatMap(({ row }) => row.split(", "));
        expect(decided.length).toBeGreaterThan(5);
        expect(decided.filter((row) => !rows.has(row))).toEqual([]);
    });
});
