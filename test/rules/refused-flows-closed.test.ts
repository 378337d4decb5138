import { readDocument, readInventory, resolve, type Matrix } from "../../matrix";
import { parseNetworkSettings, policies, type KubernetesObject, type NetworkPolicy } from "../../network";
import { checkStack, type RuleContext } from "../../rules";
import { refusedFlowsClosed } from "../../rules/refused-flows-closed";

const inventory = readInventory(
    `platform: shop
namespaces: [shop]
roles:
    Web: { workload: shop/web }
    API: { workload: shop/api }
    Solver: { workload: shop/solver, labels: { solver: "true" } }
    Staff: { kind: people, cidrs: staff }
    Partner: { kind: people, cidrs: partner }
`,
    "inventory.yaml",
);
const network = parseNetworkSettings({ people: { staff: ["203.0.113.0/24"], partner: ["203.0.113.128/25"] } });

function contextOf(...rows: string[]): RuleContext {
    const text = ["|Source|Destination|Port|Protocol|Verdict|", "|-|-|-|-|-|", ...rows, ""].join("\n");
    const matrix: Matrix = resolve([readDocument(text, "matrix.md")], inventory);
    return { matrix, network, platformFiles: { matrix: "matrix.md", annex: "annex.md", inventory: "inventory.yaml" } };
}

const labels = { solver: "true", "matrice.dev/connected": "true" };
const allowing = ["|Staff|Web|443|HTTPS|allow|", "|Web|API|80|HTTP|allow|"];
const made = ({ matrix }: RuleContext) => policies(matrix, network) as KubernetesObject[];
const mandatory = (objects: KubernetesObject[], context: RuleContext) =>
    checkStack(objects, context).filter(({ level }) => level === "mandatory");

describe("refused-flows-closed", () => {
    test("is silent while what a row refuses cannot connect", () => {
        const context = contextOf(...allowing, "|API|Web|443|HTTPS|deny|");
        expect(context.matrix.refused).toHaveLength(1);
        expect(mandatory(made(context), context)).toEqual([]);
    });

    test("names the row that refuses, the one that may have opened it, the port and the addresses", () => {
        const context = contextOf(...allowing, "|Partner|Web|443|HTTPS|deny|");
        const [finding, ...more] = mandatory(made(context), context);
        expect(more).toEqual([]);
        expect(finding).toMatchObject({ rule: "refused-flows-closed", role: "Web", port: "443/TCP" });
        expect(finding.message).toBe(
            "Row Partner → Web: matrix.md:5 refuses Partner → Web, yet it can connect on 443/TCP (203.0.113.128/25).\n" +
                "  Staff → Web (matrix.md:3) may have opened it: narrow that row, or change the verdict.",
        );
    });

    test("names the change to make where no row opened it", () => {
        const context = contextOf("|Web|Solver|443|HTTPS|allow|", "|Web|API|443|HTTPS|deny|");
        // Under the policies of two roles at once.
        const both: KubernetesObject = {
            apiVersion: "v1",
            kind: "Pod",
            metadata: { name: "api", namespace: "shop", labels: { ...labels, "app.kubernetes.io/name": "api" } },
            spec: { containers: [{ name: "main" }] },
        };
        expect(refusedFlowsClosed.check([...made(context), both], context)).toEqual([
            expect.objectContaining({ message: expect.stringContaining("No row opened it: remove the policy") }),
        ]);
    });

    test("leaves to other rules what one policy opens by itself, and a namespace that nothing closes", () => {
        const context = contextOf(...allowing, "|API|Web|443|HTTPS|deny|");
        const open: NetworkPolicy = {
            apiVersion: "networking.k8s.io/v1",
            kind: "NetworkPolicy",
            metadata: { name: "open", namespace: "shop" },
            spec: { podSelector: {}, ingress: [{}], egress: [{}], policyTypes: ["Ingress", "Egress"] },
        };
        expect(refusedFlowsClosed.check([...made(context), open as KubernetesObject], context)).toEqual([]);
        const undenied = made(context).filter(({ metadata }) => metadata.name !== "default-deny");
        expect(refusedFlowsClosed.check([...undenied, open as KubernetesObject], context)).toEqual([]);
    });
});
