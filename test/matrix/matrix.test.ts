import { MissingRow, UnknownRole } from "../../matrix";
import { thrownBy } from "./documents";
import { inventory, resolveRows, roles } from "./inventories";

const rows = [
    ["Client", "Proxy", "80/443", "HTTP/HTTPS", ""],
    ["Internet", "Proxy", "443", "HTTP/HTTPS", ""],
    ["Proxy", "API", "80", "HTTP", ""],
    ["API", "Redis", "6379", "TCP", ""],
    ["Prometheus", "API", "9091", "HTTP", ""],
    ["Prometheus", "InfluxDB", "8086", "HTTP", ""],
    ["API", "Cluster DNS", "53", "TCP/UDP", ""],
];
const matrix = resolveRows(rows);

describe("a role's port", () => {
    test.each([
        ["Proxy", "http", 80],
        ["Proxy", "https", 443],
        ["API", "http", 80],
        ["API", "metrics", 9091],
        ["Redis", "redis", 6379],
        ["InfluxDB", "http", 8086],
    ])("of %s for %s is %i", (role, purpose, port) => {
        expect(matrix.role(role).port(purpose)).toBe(port);
    });

    test("follows the row", () => {
        const moved = resolveRows(rows.map((row) => row.map((cell) => (cell === "6379" ? "7000" : cell))));
        expect(moved.role("Redis").port("redis")).toBe(7000);
    });

    test("stays when a further row opens another port", () => {
        const more = resolveRows([...rows, ["API", "Redis", "6380", "TCP", ""]]);
        expect(more.role("Redis").port("redis")).toBe(6379);
        expect(
            more
                .role("Redis")
                .listeners()
                .map(({ from }) => from),
        ).toEqual([6379, 6380]);
    });

    test("that no row gives names the row to add", () => {
        const less = resolveRows(rows.filter(([source]) => source !== "Prometheus"));
        const error = thrownBy(MissingRow, () => less.role("API").port("metrics"));
        expect(error.message).toBe(
            'No row gives the port "metrics" of API.\n  To open it, add to matrix.md:  | Prometheus | API | <port> | TCP | <why> |',
        );
    });

    test("that the inventory does not name says which it names", () => {
        expect(() => matrix.role("API").port("grpc")).toThrow(
            'API has no port called "grpc" in the inventory (it has http, metrics).',
        );
    });

    test("that could be several is refused", () => {
        const wide = resolveRows([
            ["API", "Redis", "6379, 6380", "TCP", ""],
            ["Proxy", "API", "8000-8010", "HTTP", ""],
        ]);
        expect(() => wide.role("Redis").port("redis")).toThrow(
            'The port "redis" of Redis is one of 6379, 6380 (matrix.md:3)',
        );
        expect(() => wide.role("API").port("http")).toThrow("8000-8010");
    });

    test("by application counts a port of doubtful application only when there is no definite one", () => {
        const doubtful = resolveRows([["Client", "Proxy", "8443", "HTTP/HTTPS", ""]]);
        expect(doubtful.role("Proxy").port("https")).toBe(8443);
    });
});

describe("a role's listeners", () => {
    test("are each port with its purposes and flows", () => {
        const listeners = matrix.role("Proxy").listeners();
        expect(listeners.map(({ flows, ...listener }) => ({ ...listener, flows: flows.map(({ id }) => id) }))).toEqual([
            { transport: "TCP", from: 80, to: 80, purposes: ["http"], flows: ["client>proxy:tcp/80,443"] },
            {
                transport: "TCP",
                from: 443,
                to: 443,
                purposes: ["https"],
                flows: ["client>proxy:tcp/80,443", "internet>proxy:tcp/443"],
            },
        ]);
        expect(
            matrix
                .role("Cluster DNS")
                .listeners()
                .map(({ transport }) => transport),
        ).toEqual(["TCP", "UDP"]);
        expect(matrix.role("Client").listeners()).toEqual([]);
    });
});

describe("a matrix", () => {
    test("gives the port between two roles", () => {
        expect(matrix.port("Backend", "redis")).toBe(6379);
        expect(() => matrix.port("Redis", "API")).toThrow(MissingRow);
        expect(() => matrix.port("Redis", "API")).toThrow("| Redis | API | <port> | TCP | <why> |");
        expect(() => matrix.port("Client", "Proxy")).toThrow(
            "has several ports (80, 443; matrix.md:3): ask role.port(purpose)",
        );
    });

    test("gives a role by each of its names, and the nearest to a wrong one", () => {
        expect(matrix.role("Backend")).toBe(matrix.role("API"));
        expect(thrownBy(UnknownRole, () => matrix.role("Rediss")).message).toBe(
            'No role is called "Rediss": did you mean "Redis"?',
        );
        expect(() => matrix.role("Z")).toThrow(/known roles: Client, Proxy, API, Backend/);
    });

    test("gives the flows of a role", () => {
        const api = matrix.role("API");
        expect(matrix.flowsFrom(api).map(({ id }) => id)).toEqual([
            "api>redis:tcp/6379",
            "api>cluster-dns:tcp/53",
            "api>cluster-dns:udp/53",
        ]);
        expect(matrix.flowsTo(api).map(({ id }) => id)).toEqual(["proxy>api:tcp/80", "prometheus>api:tcp/9091"]);
        expect(matrix.flowsTo(matrix.role("Client"))).toEqual([]);
    });

    test("knows a pod's role by its namespace and labels, connected or not", () => {
        const name = (value: string) => ({ "app.kubernetes.io/name": value });
        expect(matrix.roleOfPod("shop", name("api"))).toBe(matrix.role("API"));
        expect(matrix.roleOfPod("shop", { ...name("api"), "matrice.dev/connected": "true" })).toBe(matrix.role("API"));
        expect(matrix.roleOfPod("tools", name("api"))).toBeUndefined();
        expect(matrix.roleOfPod("shop", {})).toBeUndefined();
        expect(matrix.roleOfPod("kube-system", { "k8s-app": "kube-dns", more: "x" })).toBe(matrix.role("Cluster DNS"));
        expect(matrix.roleOfPod("kube-system", { "k8s-app": "other" })).toBeUndefined();
    });

    test("selects pods by the labels that the inventory gives, else by name, connected ones only", () => {
        const labelled = resolveRows(
            rows,
            inventory(`${roles}Solver: { workload: shop/solver, labels: { acme: "true" } }`),
        );
        expect(labelled.role("Solver").podLabels).toEqual({ acme: "true", "matrice.dev/connected": "true" });
        expect(labelled.role("API").podLabels).toEqual({
            "app.kubernetes.io/name": "api",
            "matrice.dev/connected": "true",
        });
        expect(labelled.role("Cluster DNS").podLabels).toEqual({ "k8s-app": "kube-dns" });
        expect(labelled.role("Client").podLabels).toEqual({});
        expect(labelled.roleOfPod("shop", { acme: "true" })).toBe(labelled.role("Solver"));
        expect(labelled.roleOfPod("shop", { "app.kubernetes.io/name": "solver" })).toBe(labelled.role("Solver"));
    });
});
