import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadMatrix, MatrixError, type Matrix } from "../../../matrix";
import { readGolden, type Rendered } from "../../../cli/golden";
import { readSettings } from "../../../cli/network-settings";
import { nameOf, openingsOf } from "../../../cli/report/openings";
import { renderReport } from "../../../cli/report/render";
import { ReportError, reportOf } from "../../../cli/report/report";
import { matrice } from "../run";

const root = join(__dirname, "../../..");
const at = (file: string) => join(root, file);
const folder = "platforms/e-chauffeur";
const golden = "test/golden/e-chauffeur.prod.yaml";
const page = "docs/e-chauffeur.md";

const documents = { matrix: `${folder}/matrix.md`, annex: `${folder}/annex.md`, inventory: `${folder}/inventory.yaml` };
const load = (matrix = at(documents.matrix)) =>
    loadMatrix({ matrix: [matrix], annex: at(documents.annex), inventory: at(documents.inventory) });
const matrix = load();
const settings = readSettings(at("Pulumi.prod.yaml"));
const resources = readGolden(readFileSync(at(golden), "utf8"));

const places = { golden, settings: "Pulumi.prod.yaml", output: page, command: "npm run golden" };
const made = (objects: readonly Rendered[] = resources, rows = matrix) =>
    renderReport(reportOf(rows, objects, settings, documents), places, (file) => file);

/** The page, or why there is none. */
function outcome(objects: readonly Rendered[], rows = matrix): string | readonly string[] {
    try {
        return made(objects, rows);
    } catch (error) {
        if (error instanceof ReportError) return error.reasons;
        throw error;
    }
}

let whole: string;
beforeAll(() => {
    whole = made();
});

const found = (type: string, name: string): Rendered =>
    resources.find((one) => one.type.endsWith(`:${type}`) && one.name === name)!;

/** The platform with one object changed. */
function changed(type: string, name: string, change: (object: Rendered["object"]) => void): Rendered[] {
    const one = found(type, name);
    const object = structuredClone(one.object);
    change(object);
    return resources.map((resource) => (resource === one ? { ...one, object } : resource));
}

describe("docs/e-chauffeur.md", () => {
    const written = () => readFileSync(at(page), "utf8");

    test("is what the documents and the rendered objects come to (npm run golden)", async () => {
        const argv = [
            "report",
            at(folder),
            "--golden",
            at(golden),
            "--settings",
            at("Pulumi.prod.yaml"),
            "--root",
            root,
        ];
        if (process.env.GOLDEN === "update")
            expect(await matrice(...argv, "--output", at(page))).toMatchObject({ code: 0 });
        expect(await matrice(...argv)).toEqual({ code: 0, out: written(), err: "" });
    });

    test("names no object that is not rendered, and every one that opens something", () => {
        const known = new Set(resources.map(nameOf));
        const named = [...written().matchAll(/`([A-Z]\w+ [^`\s]+)`/g)].map(([, name]) => name);
        expect(named.filter((name) => !known.has(name))).toEqual([]);
        const opening = resources.filter((resource) => openingsOf(resource).length > 0).map(nameOf);
        expect(opening.length).toBeGreaterThan(50);
        expect(opening.filter((name) => !named.includes(name))).toEqual([]);
    });

    test("has the 33 rows of the matrix, none of them without a word on how far it is proved", () => {
        const rows = written().match(/^\| \[\d+\]\(#row-\d+\) \|.*$/gm)!;
        expect(rows).toHaveLength(33);
        for (const row of rows) {
            expect(row).toMatch(/\| computed \|.*\|$|\| \*\*declared\*\* \| \S.*\|$/);
        }
    });
});

describe("a report", () => {
    const kinds = [
        ["Deployment", "api"],
        ["StatefulSet", "mongodb"],
        ["Service", "redis"],
        ["NetworkPolicy", "isolation-e-chauffeur-api"],
        ["ConfigMap", "prometheus"],
    ];

    test.each(kinds)("is another without %s %s", (type, name) => {
        const without = resources.filter((one) => one !== found(type, name));
        expect(without).toHaveLength(resources.length - 1);
        expect(outcome(without)).not.toBe(whole);
    });

    test("is refused or another without any row of the matrix", () => {
        const lines = readFileSync(at(documents.matrix), "utf8").split("\n");
        const rows = lines.flatMap((line, index) => (/^\|(?!\s*(Source|-))/.test(line) ? [index] : []));
        expect(rows).toHaveLength(33);
        const temporary = join(mkdtempSync(join(tmpdir(), "matrice-report-")), "matrix.md");
        for (const row of rows) {
            writeFileSync(temporary, lines.filter((_, index) => index !== row).join("\n"));
            let without: Matrix;
            try {
                without = load(temporary);
            } catch (error) {
                // An annex row serves it.
                expect(error).toBeInstanceOf(MatrixError);
                continue;
            }
            // Every row is held by an object, that to the control plane by the provider's restriction.
            expect([lines[row], typeof outcome(resources, without)]).not.toEqual([lines[row], "string"]);
        }
    });

    test.each<[string, Rendered[], string]>([
        [
            "a port of a Service",
            changed("Service", "redis", ({ spec }) => spec.ports.push({ port: 8088, targetPort: 8088 })),
            "Service e-chauffeur/redis: the service 8088/TCP is named by no row.",
        ],
        [
            "a port of a container",
            changed("Deployment", "redis", ({ spec }) =>
                spec.template.spec.containers[0].ports.push({ containerPort: 8088 }),
            ),
            "Deployment e-chauffeur/redis: the listener redis 8088/TCP is named by no row.",
        ],
        [
            "a rule of a policy",
            changed("NetworkPolicy", "isolation-e-chauffeur-redis", ({ spec }) =>
                spec.ingress.push({
                    from: [{ ipBlock: { cidr: "192.0.2.0/24" } }],
                    ports: [{ port: 6379, protocol: "TCP" }],
                }),
            ),
            "NetworkPolicy e-chauffeur/redis: the rule ingress[",
        ],
        [
            "a route of the proxy",
            changed("ConfigMap", "proxy", ({ data }) => {
                const [key] = Object.keys(data).filter((name) => data[name].includes("proxy_pass"));
                data[key] +=
                    "server_name rogue.example;\nset $upstream redis.e-chauffeur.svc;\nproxy_pass http://$upstream:6379;\n";
            }),
            "ConfigMap e-chauffeur/proxy: the route rogue.example → redis.e-chauffeur.svc:6379 is named by no row.",
        ],
        [
            "a flow that a policy claims",
            changed("NetworkPolicy", "isolation-e-chauffeur-redis", ({ metadata }) => {
                metadata.annotations!["matrice.dev/flows"] += "\nrogue>redis:tcp/6379";
            }),
            "NetworkPolicy e-chauffeur/redis names the flow rogue>redis:tcp/6379, which no row has.",
        ],
    ])("is refused for %s that no row has", (_, objects, reason) => {
        expect(outcome(objects)).toEqual(expect.arrayContaining([expect.stringContaining(reason)]));
    });

    test("is refused for what the rules refuse", () => {
        const open = resources.filter(({ name }) => name !== "isolation-e-chauffeur-default-deny");
        expect(outcome(open)).toEqual([expect.stringContaining("default-deny-present")]);
    });

    test.each([
        ["kubernetes:gateway.networking.k8s.io/v1:Gateway", { kind: "Gateway", spec: {} }, "kind Gateway"],
        ["kubernetes:core/v1:Endpoints", { kind: "Endpoints" }, "kind Endpoints"],
        ["cloudflare:index/record:Record", {}, "type cloudflare:index/record:Record"],
    ])("of a kind that it can't attribute (%s) is not made", (type, object, what) => {
        const odd = { apiVersion: "v1", metadata: { name: "odd", namespace: "e-chauffeur" }, ...object };
        const rogue = { type, name: "odd", text: "", object: odd } as Rendered;
        expect(() => made([...resources, rogue])).toThrow(`${what} opens is not known.`);
    });

    test("declares a row and no more when nothing listens for it, and says so", () => {
        const silent = changed("Deployment", "redis", ({ spec }) => {
            spec.template.spec.containers.forEach((one: { ports?: object[] }) => delete one.ports);
        });
        expect(made(silent)).toMatch(
            /\| API \| Redis \| 6379\/TCP \| \*\*declared\*\* \| nothing of Redis listens on 6379/,
        );
    });
});

test("agents' rows have their objects, by the same rules", async () => {
    const argv = ["--golden", at("test/golden/agents.prod.yaml"), "--settings", at("Pulumi.agents-prod.yaml")];
    const { code, out, err } = await matrice("report", at("platforms/agents"), ...argv, "--root", root);
    expect([code, err]).toEqual([0, ""]);
    expect(out.match(/\| computed \|.*\|$/gm)!.length).toBeGreaterThan(30);
});

test("matrice report ends with 1 and the reasons, and with 2 for a file of another form", async () => {
    const temporary = mkdtempSync(join(tmpdir(), "matrice-report-"));
    const rogue = join(temporary, "rogue.yaml");
    const service =
        "# kubernetes:core/v1:Service rogue\napiVersion: v1\nkind: Service\nmetadata: { name: api, namespace: e-chauffeur }\nspec: { ports: [{ port: 1 }] }\n";
    writeFileSync(rogue, `${readFileSync(at(golden), "utf8")}---\n${service}`);
    const argv = ["report", at(folder), "--settings", at("Pulumi.prod.yaml"), "--golden"];
    expect(await matrice(...argv, rogue)).toMatchObject({
        code: 1,
        out: "",
        err: "Service e-chauffeur/api: the service 1/TCP is named by no row.\n",
    });
    const wrong = join(temporary, "Pulumi.wrong.yaml");
    writeFileSync(wrong, "config: { 'matrice:network': { people: { clients: [0.0.0.0/0] } } }\n");
    expect(await matrice("report", at(folder), "--settings", wrong, "--golden", at(golden))).toMatchObject({
        code: 2,
        err: expect.stringContaining("the addresses of role"),
    });
    writeFileSync(rogue, "kind: Service\n");
    expect(await matrice(...argv, rogue)).toMatchObject({
        code: 2,
        err: expect.stringContaining('document 1 does not begin with "# <type> <name>"'),
    });
});
