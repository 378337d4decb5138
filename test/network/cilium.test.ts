import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { loadPlatform, readDocument, readInventory, resolve, type Matrix } from "../../matrix";
import { namedPolicies, parseNetworkSettings, policies, reach } from "../../network";
import { rolePods } from "./role-pods";

const inventory = readInventory(
    `platform: shop
namespaces: [shop]
roles:
    API: { workload: shop/api }
    Web: { workload: shop/web }
    Push: { kind: external, hosts: [push.example, "*.push.example"] }
    Mail: { kind: external, hosts: [mail.example] }
    Partner: { kind: external, hosts: [partner.example], cidrs: partner }
    DNS: { kind: service, workload: kube-system/kube-dns, labels: { k8s-app: kube-dns } }
`,
    "inventory.yaml",
);
const settings = (cni: "standard" | "cilium") => parseNetworkSettings({ cni, people: { partner: ["203.0.113.0/24"] } });

function matrix(...rows: string[]): Matrix {
    const text = ["|Source|Destination|Port|Protocol|", "|-|-|-|-|", ...rows, ""].join("\n");
    return resolve([readDocument(text, "matrix.md")], inventory);
}

const rows = [
    "|API|Push|443|HTTPS|",
    "|API|Mail|587, 40000-40100|SMTP|",
    "|API|Partner|443|HTTPS|",
    "|Web|API|80|HTTP|",
    "|API|DNS|53/TCP-UDP|DNS|",
];

test("with Cilium the policies are those of the golden file: names in place of the internet, and the DNS rule", () => {
    const read = matrix(...rows);
    const golden = readFileSync(join(__dirname, "fixtures/cilium.yaml"), "utf8");
    const expected = parseAllDocuments(golden).map((document) => document.toJS() as unknown);
    const api = policies(read, settings("cilium")).filter(({ metadata }) => metadata.name === "api");
    expect([...api, ...namedPolicies(read, settings("cilium"))]).toEqual(expected);
});

test("without Cilium no policy is by name, and the flow is open by address", () => {
    const read = matrix(...rows);
    expect(namedPolicies(read, settings("standard"))).toEqual([]);
    const judged = reach([...rolePods(read), ...policies(read, settings("standard"))]);
    const api = judged.classOf("shop", { "app.kubernetes.io/name": "api" })!;
    expect(judged.allows(api, "198.41.0.4", "TCP", 587)).toBe(true);
});

test("with Cilium no address outside is open on the ports of parties known by name", () => {
    const read = matrix(...rows);
    const judged = reach([...rolePods(read), ...policies(read, settings("cilium"))]);
    const api = judged.classOf("shop", { "app.kubernetes.io/name": "api" })!;
    expect(judged.allows(api, "198.41.0.4", "TCP", 587)).toBe(false);
    expect(judged.allows(api, "198.41.0.4", "TCP", 443)).toBe(false);
    expect(judged.allows(api, "203.0.113.7", "TCP", 443)).toBe(true);
});

test("with Cilium a row to the internet opens the names of the party that it means, and no address", () => {
    const text = ["|Source|Destination|Port|Protocol|", "|-|-|-|-|", "|API|Internet|443|HTTPS|", rows[4], ""].join(
        "\n",
    );
    const read = resolve(
        [readDocument(text, "matrix.md")],
        readInventory(
            `platform: shop
namespaces: [shop]
roles:
    API: { workload: shop/api, narrows: { Internet: Mail } }
    Internet: { kind: internet }
    Mail: { kind: external, hosts: [mail.example] }
    DNS: { kind: service, workload: kube-system/kube-dns, labels: { k8s-app: kube-dns } }
`,
            "inventory.yaml",
        ),
    );
    const named = namedPolicies(read, settings("cilium"));
    expect(named.map(({ spec }) => spec.egress[0].toFQDNs)).toEqual([[{ matchName: "mail.example" }]]);
    const open = (cni: "standard" | "cilium") => {
        const judged = reach([...rolePods(read), ...policies(read, settings(cni))]);
        return judged.allows(judged.classOf("shop", { "app.kubernetes.io/name": "api" })!, "198.41.0.4", "TCP", 443);
    };
    expect([open("cilium"), open("standard")]).toEqual([false, true]);
});

test("names without a row to the cluster's DNS are refused with the row to add", () => {
    expect(() => namedPolicies(matrix("|API|Mail|587|SMTP|"), settings("cilium"))).toThrow(
        "| API | <cluster DNS> | 53 | TCP-UDP |",
    );
});

test("on e-chauffeur every flow is in exactly one of a role's policies", () => {
    const platform = loadPlatform(join(__dirname, "../../platforms/e-chauffeur"));
    const whole = parseNetworkSettings({
        cni: "cilium",
        people: { clients: ["0.0.0.0/0"], administrators: ["203.0.113.0/24"], nodes: ["10.20.0.0/24"] },
        controlPlane: { cidrs: ["192.0.2.10/32"] },
    });
    const ids = (name: string, list: { metadata: { name?: string; annotations?: Record<string, string> } }[]) =>
        list
            .filter(({ metadata }) => metadata.name === name)
            .flatMap(({ metadata }) => metadata.annotations?.["matrice.dev/flows"].split("\n") ?? []);
    const named = namedPolicies(platform, whole);
    expect(named.map(({ metadata }) => metadata.name)).toEqual(
        expect.arrayContaining(["api", "backup", "cert-manager"]),
    );
    for (const role of platform.roles.filter(({ kind }) => kind === "workload")) {
        const { name } = role.workload!;
        const flows = [...platform.flowsFrom(role), ...platform.flowsTo(role)].map(({ id }) => id);
        expect([...ids(name, policies(platform, whole)), ...ids(name, named)].sort()).toEqual(
            [...new Set(flows)].sort(),
        );
    }
});
