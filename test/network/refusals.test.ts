import { readDocument, readInventory, resolve, type Matrix } from "../../matrix";
import { formatPorts, openRefusals, parseNetworkSettings, policies, toCidrs, type NetworkPolicy } from "../../network";

const inventory = readInventory(
    `platform: shop
namespaces: [shop]
roles:
    Web: { workload: shop/web }
    API: { workload: shop/api }
    Database: { workload: shop/database }
    Staff: { kind: people, cidrs: staff }
    Partner: { kind: people, cidrs: partner }
    Mail: { kind: external, hosts: [mail.example] }
    Internet: { kind: internet }
`,
    "inventory.yaml",
);
const settings = parseNetworkSettings({ people: { staff: ["203.0.113.0/24"], partner: ["203.0.113.128/25"] } });

function matrix(...rows: string[]): Matrix {
    const text = ["|Source|Destination|Port|Protocol|Verdict|", "|-|-|-|-|-|", ...rows, ""].join("\n");
    return resolve([readDocument(text, "matrix.md")], inventory);
}

function open(read: Matrix, more: NetworkPolicy[] = []): string[] {
    return openRefusals(read, [...policies(read, settings), ...more], settings).map(
        ({ flow, ports, addresses, openedBy }) =>
            `${flow.from.name} > ${flow.to.name}: ${formatPorts(ports)} ${addresses ? toCidrs(addresses)[0] : ""} ` +
            `by ${openedBy.map(({ to, from }) => `${from.name} > ${to.name}`).join()}`,
    );
}

function extra(spec: NetworkPolicy["spec"]): NetworkPolicy {
    return {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "extra", namespace: "shop" },
        spec,
    };
}

test("a refusal that no policy opens holds", () => {
    expect(
        open(matrix("|Web|API|80|HTTP|allow|", "|API|Database|5432|TCP|allow|", "|Web|Database|5432|TCP|deny|")),
    ).toEqual([]);
});

test("a refusal between pods fails where policies of the stack open it", () => {
    const read = matrix("|Web|API|80|HTTP|allow|", "|Web|Database|5432|TCP|deny|");
    const all = [extra({ podSelector: {}, ingress: [{}], egress: [{}], policyTypes: ["Ingress", "Egress"] })];
    expect(open(read, all)).toEqual(["Web > Database: 5432/TCP  by "]);
    expect(open(read, [extra({ podSelector: {}, ingress: [{}] })])).toEqual([]);
});

test("a refused internet fails where a row about another party opens all of it", () => {
    expect(open(matrix("|API|Mail|587|SMTP|allow|", "|API|Internet|25, 587|SMTP|deny|"))).toEqual([
        "API > Internet: 587/TCP 1.0.0.0/8 by API > Mail",
    ]);
});

test("a refused internet does not contradict people with addresses of their own", () => {
    const read = matrix("|Staff|Web|443|HTTPS|allow|", "|Internet|Web|443|HTTPS|deny|");
    expect(open(read)).toEqual([]);
});

test("people who share addresses with people who are let in are not kept out", () => {
    expect(open(matrix("|Staff|Web|443|HTTPS|allow|", "|Partner|Web|443|HTTPS|deny|"))).toEqual([
        "Partner > Web: 443/TCP 203.0.113.128/25 by Staff > Web",
    ]);
});

test("between two ends outside the cluster nothing is found: no policy stands there", () => {
    expect(open(matrix("|Web|API|80|HTTP|allow|", "|Staff|Mail|25|SMTP|deny|"))).toEqual([]);
});
