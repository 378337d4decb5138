import { lint } from "../../matrix";
import { inventory, resolveRows } from "./inventories";

const zoned = (crossings: string, more = "") =>
    inventory(
        `Proxy: { workload: shop/proxy, zone: exposed }
API: { workload: shop/api, zone: application, ports: { http: from Proxy } }
Redis: { workload: shop/redis, zone: data }
${more}`,
        `zones: [public, exposed, application, data]\ncrossings: [${crossings}]`,
    );
const rows = [
    ["Proxy", "API", "80", "HTTP", ""],
    ["API", "Redis", "6379", "TCP", ""],
];
const findings = (crossings: string, more?: string, extra: string[][] = []) =>
    lint(resolveRows([...rows, ...extra], zoned(crossings, more))).map(
        ({ severity, code, message, place }) => `${place.file}:${place.line} ${severity} ${code}: ${message}`,
    );

describe("lint", () => {
    test("is content with listed crossings, of zones or of roles", () => {
        expect(findings("exposed → application, application → data")).toEqual([]);
        expect(findings("Proxy → API, application → Redis")).toEqual([]);
    });

    test("reports a crossing that is not listed, and not its way back", () => {
        expect(findings("application → exposed, application → data")).toEqual([
            "matrix.md:3 warning unexpected-crossing: Proxy → API crosses from zone exposed to application, which is not listed",
            "inventory.yaml:4 info unused-crossing: no flow crosses application → exposed",
        ]);
    });

    test("reports what the inventory names for nothing, unless it is optional", () => {
        const more =
            "Old: { workload: shop/old, ports: { http: from Proxy } }\nLater: { workload: shop/later, optional: true }";
        expect(findings("exposed → application, application → data", more)).toEqual([
            'inventory.yaml:9 warning unused-role: no row names the role "Old"',
            'inventory.yaml:9 warning purpose-without-row: no row gives the port "http" of Old',
        ]);
    });

    test("reports a port that two rows open", () => {
        expect(
            findings("exposed → application, application → data", "", [["API", "Redis", "6000-7000", "TCP", ""]]),
        ).toEqual(["matrix.md:5 info overlap: API → Redis 6000-7000 is opened by matrix.md:4 as well"]);
    });
});
