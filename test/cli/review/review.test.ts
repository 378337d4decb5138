import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { matrice } from "../run";
import { preview, step } from "./previews";
import { removeRepositories, ROLES, ROWS, shop, TemporaryRepository, type Shop } from "./repositories";

/** `npm run golden` writes the comments anew. */
const update = process.env.GOLDEN === "update";

afterAll(removeRepositories);

interface Change {
    readonly before?: Record<string, string>;
    readonly after: Record<string, string | undefined>;
    /** The output of `pulumi preview --json`. */
    readonly preview?: object;
    readonly options?: readonly string[];
}

/** The review of a change, from a repository's first commit to its second. */
async function reviewed({ before = shop(), after, preview: json, options = [] }: Change) {
    const repository = new TemporaryRepository();
    const base = repository.commit(before, "Before");
    const head = repository.commit(after, "After");
    const file = join(repository.folder, "preview.json");
    if (json !== undefined) writeFileSync(file, JSON.stringify(json));
    const source = json === undefined ? [] : ["--preview", file];
    const where = ["--repository", repository.folder, "--on", "2026-11-20"];
    return matrice("review", base, head, ...where, ...source, ...options);
}

function expectGolden(name: string, text: string): void {
    const file = join(__dirname, "golden", `${name}.md`);
    if (update) writeFileSync(file, text);
    expect(text).toBe(readFileSync(file, "utf8"));
}

const row = (line: string): string[] => [...ROWS, line];

const changes: Record<string, Change & { code: number }> = {
    "an opening from the internet, a widening, a move and a closing": {
        code: 0,
        after: shop({
            rows: [
                "|Buyer|Proxy|443, 8443|HTTPS|Buyers order|",
                "|Proxy|API|8081|HTTP|The API behind the proxy|",
                "|API|Store|5432|TCP|Orders are kept|",
                "|Internet|Proxy|80|HTTP|Everyone is sent to HTTPS|",
            ],
            roles: [...ROLES.filter((role) => !role.startsWith("Mail")), "Internet: { kind: internet, zone: public }"],
        }),
    },
    "a new member of a group": {
        code: 0,
        after: shop({
            rows: row("|API|Cache|6379|TCP|Sessions are shared|"),
            roles: [...ROLES, "Cache: { zone: data, workload: shop/cache, ports: { cache: from API } }"],
        }),
    },
    "a setting that lets more buyers in, which no row shows": { code: 0, after: shop({ buyers: "0.0.0.0/0" }) },
    "rows that are said differently": {
        code: 0,
        after: shop({ rows: ROWS.map((text) => text.replace("Receipts", "Receipts and reminders")) }),
    },
    "a matrix that cannot be read": {
        code: 1,
        after: { "platforms/shop/matrix.md": shop()["platforms/shop/matrix.md"].replace("5432", "six") },
    },
    "a new platform": { code: 0, before: { "README.md": "Nothing yet\n" }, after: shop() },
    "nothing that matters": { code: 0, after: { "README.md": "A word\n" } },
    "exceptions in force": {
        code: 1,
        before: shop({
            annotations: {
                "matrice.dev/exception": "no-host-port; owner=Ada; reason=moves in March; expires=2027-03-31",
            },
        }),
        after: shop({
            annotations: {
                "matrice.dev/exception":
                    "no-host-port; owner=Ada; reason=moves in March; expires=2027-03-31\n" +
                    "probe-port-listed; owner=Bob; reason=; expires=2027-01-31",
            },
        }),
    },
};

describe("the comment on", () => {
    test.each(Object.entries(changes))("%s", async (name, { code, ...change }) => {
        const result = await reviewed({ options: ["--without-preview", "fork without credentials"], ...change });
        expect(result).toMatchObject({ code, err: "" });
        expectGolden(name.replace(/[^a-z]+/g, "-"), result.out);
    });

    test("a preview that is refused and loses data", async () => {
        const { code, out } = await reviewed({
            after: shop({ rows: row("|Proxy|Store|5432|TCP|A short cut|") }),
            preview: preview(
                [
                    step({
                        op: "create",
                        type: "kubernetes:core/v1:Service",
                        name: "rogue",
                        inputs: { metadata: { name: "rogue", namespace: "shop" } },
                    }),
                    ...["create-replacement", "replace", "delete-replaced"].map((op) =>
                        step({
                            op,
                            type: "kubernetes:apps/v1:StatefulSet",
                            name: "store",
                            component: "store",
                            inputs: { metadata: { name: "store", namespace: "shop" } },
                            detailedDiff:
                                op === "replace" ? { "spec.serviceName": { kind: "update-replace" } } : undefined,
                            replaceReasons: op === "replace" ? ["spec"] : undefined,
                        }),
                    ),
                    step({
                        op: "update",
                        type: "kubernetes:apps/v1:Deployment",
                        name: "api",
                        component: "api",
                        inputs: { metadata: { name: "api", namespace: "shop" } },
                        detailedDiff: {
                            "spec.template.spec.containers[0].image": { kind: "update" },
                            "spec.replicas": { kind: "update" },
                        },
                    }),
                    step({
                        op: "delete",
                        type: "kubernetes:core/v1:PersistentVolumeClaim",
                        name: "orders",
                        component: "store",
                        protect: true,
                        inputs: { metadata: { name: "orders", namespace: "shop" } },
                    }),
                    step({ op: "same", type: "kubernetes:core/v1:Namespace", name: "shop" }),
                ],
                [
                    {
                        severity: "error",
                        message:
                            "error: [mandatory] service-port-listed  Service shop/rogue: 8088/TCP of role API is not in " +
                            "the matrix.\n  API listens on 8080/TCP (matrix.md:4).\n" +
                            "  To allow it, add to matrix.md:  | <source> | API | 8088 | TCP | <why> |\n",
                    },
                    {
                        severity: "warning",
                        message:
                            "warning: [advisory] flows-realised  Role Store: no container of it listens on 5432/TCP.",
                    },
                    { severity: "info", message: "a word of the program" },
                    { severity: "error", message: "error: the registry did not answer" },
                ],
            ),
        });
        expect(code).toBe(1);
        expectGolden("a-preview-that-is-refused-and-loses-data", out);
    });
});

describe("matrice review", () => {
    const added: Shop = { rows: row("|Proxy|Store|5432|TCP|A short cut|") };

    test("compares with the last common commit, so what others merged since is not the change's", async () => {
        const repository = new TemporaryRepository();
        repository.commit(shop());
        repository.git("checkout", "--quiet", "-b", "change");
        repository.commit(shop(added));
        repository.git("checkout", "--quiet", "main");
        repository.commit(shop({ rows: ROWS.slice(0, 3) }));
        const { out } = await matrice(
            "review",
            "main",
            "change",
            "--repository",
            repository.folder,
            "--format",
            "json",
        );
        const { platforms } = JSON.parse(out);
        expect(platforms[0].connections).toEqual([
            expect.objectContaining({ kind: "opened", source: "Proxy", destination: "Store", opens: "5432/TCP" }),
        ]);
    });

    test("without a second revision reads the working tree, committed or not", async () => {
        const repository = new TemporaryRepository();
        repository.commit(shop());
        repository.write(shop(added));
        const { out } = await matrice("review", "HEAD", "--repository", repository.folder);
        expect(out).toContain("**1 opening**");
        expect(out).toContain("with working tree");
    });

    test("ends with 1 where a row has expired and names it", async () => {
        const header = (text: string) =>
            text
                .replace("Description|", "Description|Expires|")
                .replace("-|-|-|-|-|", "-|-|-|-|-|-|")
                .replace(/(\|Receipts\|)/, "$12026-11-01|")
                .replace(/(order\||proxy\||kept\|)/g, "$1|");
        const files = shop();
        const { code, out } = await reviewed({
            after: { "platforms/shop/matrix.md": header(files["platforms/shop/matrix.md"]) },
        });
        expect(code).toBe(1);
        expect(out).toContain("**Refused as it is**: 1 expired row.");
        expect(out).toContain("platforms/shop/matrix.md:6");
    });

    test("keeps within the forge's limit, says what it left out, and never leaves out the first opening", async () => {
        const many = Array.from(
            { length: 300 },
            (_, index) => `|API|Partner ${index}|443|HTTPS|${"long ".repeat(80)}|`,
        );
        const partners = many.map(
            (_, index) => `Partner ${index}: { kind: external, zone: public, hosts: [partner${index}.example] }`,
        );
        const change = {
            after: shop({
                rows: [...ROWS, ...many, "|Internet|Proxy|80|HTTP|Everyone|"],
                roles: [...ROLES, ...partners, "Internet: { kind: internet, zone: public }"],
                more: [
                    {
                        rendered: "core/v1:ConfigMap",
                        apiVersion: "v1",
                        kind: "ConfigMap",
                        metadata: { name: "list", namespace: "shop" },
                        data: { list: "a line of a list\n".repeat(5000) },
                    },
                ],
            }),
        };
        const { out } = await reviewed(change);
        expect(out.length).toBeLessThanOrEqual(65_536);
        expect(out).toMatch(/\*\*And \d+ more\*\*, left out here for length\./);
        expect(out).toMatch(/Cut after \d+ of \d+ lines/);
        expect(out).toContain("| **opened from the internet** | <code>Internet</code> | <code>Proxy</code> | 80/TCP |");
        expect((await reviewed({ ...change, options: ["--for", "gitlab"] })).out.length).toBeGreaterThan(65_536);
    });

    test("says of each opening who is at the other side, the most exposed first", async () => {
        const { out } = await reviewed({
            after: shop({
                rows: [
                    ...ROWS,
                    "|Nodes|API|8082|HTTP|Probes|",
                    "|Balancer|Proxy|8443|HTTPS|Requests|",
                    "|Buyer|Proxy|9443|HTTPS|Buyers order|",
                    "|Internet|Proxy|80|HTTP|Everyone is sent to HTTPS|",
                    "|API|Proxy|8444|HTTPS|Inside|",
                ],
                roles: [
                    ...ROLES,
                    "Internet: { kind: internet, zone: public }",
                    "Balancer: { kind: loadBalancer, zone: public }",
                    "Nodes: { kind: nodes, zone: exposed, cidrs: buyers }",
                ],
            }),
        });
        const said = [...out.matchAll(/^\| \*\*((?:opened|widened)[a-z ]*)\*\* \| <code>(\w+)<\/code>/gm)];
        expect(said.map(([, words, source]) => `${source} ${words}`)).toEqual([
            "Internet opened from the internet",
            "Buyer widened from people outside",
            "Balancer opened from a load balancer",
            "Nodes opened from nodes",
            "API opened",
        ]);
    });

    test.each([
        [["nowhere"], "nowhere: there is no such revision here."],
        [["--", "--output=/tmp/x"], "--output=/tmp/x: there is no such revision here."],
        [["HEAD", "--preview", "a", "--without-preview", "b"], "give either --preview or --without-preview."],
        [["HEAD", "--repository", "/"], "/: this is not in a Git repository"],
        [["HEAD", "--on", "today"], "--on today: expected a day"],
    ])("refuses %j", async (argv, message) => {
        const repository = new TemporaryRepository();
        repository.commit({ "README.md": "" });
        const where = argv.includes("--repository") ? [] : ["--repository", repository.folder];
        expect(await matrice("review", ...where, ...argv)).toMatchObject({
            code: 2,
            out: "",
            err: expect.stringContaining(message),
        });
    });
});
