import { ControlPlane, type OvhCluster } from "../../components/control-plane/control-plane";
import { readDocument, readInventory, resolve } from "../../matrix";
import { parseNetworkSettings } from "../../network";
import { render } from "./render";

const INVENTORY = `
platform: shop
namespaces: [shop]
zones: [all]
roles:
    Web: { zone: all, workload: shop/web }
    Operator: { kind: people, zone: all, cidrs: operators }
    Auditor: { kind: people, zone: all, cidrs: auditors }
    Customer: { kind: people, zone: all, cidrs: customers }
    Control plane: { kind: controlPlane, zone: all }
`;
const ROWS = ["|Operator|Control plane|6443|TCP|Work|", "|Auditor|Control plane|6443|TCP|Reading|"];
const OTHERS = ["|Customer|Web|80|HTTP|Visits|", "|Web|Control plane|6443|HTTPS|Asks|"];

const people = {
    operators: ["203.0.113.0/25", "203.0.113.128/25"],
    auditors: ["198.51.100.7/32"],
    customers: ["192.0.2.0/24"],
};
const ovh: OvhCluster = { project: "project-id", cluster: "cluster-id", caller: "203.0.113.9/32", others: [] };

/**
 * What is registered with OVH, under Pulumi's mocks: they stand in for OVH's API, of which there is nothing real to be had
 * without an account.
 */
async function restrictions(given: { ovh?: Partial<OvhCluster>; rows?: string[]; people?: typeof people } = {}) {
    const table = ["|Source|Destination|Port|Protocol|Why|", "|-|-|-|-|-|", ...(given.rows ?? ROWS), ...OTHERS];
    const matrix = resolve([readDocument(table.join("\n"), "matrix.md")], readInventory(INVENTORY, "inventory.yaml"));
    const network = parseNetworkSettings({
        people: given.people ?? people,
        controlPlane: { cidrs: ["192.0.2.200/32"] },
    });
    const { resources } = await render(
        () =>
            new ControlPlane("control-plane", {
                role: matrix.role("Control plane"),
                matrix,
                network,
                ovh: { ...ovh, ...given.ovh },
            }),
    );
    return resources.filter(({ type }) => type.startsWith("ovh:")).map(({ type, inputs }) => ({ type, inputs }));
}

describe("ControlPlane on OVH", () => {
    it("lets in the people whose rows lead to it, and nobody else", async () => {
        expect(await restrictions()).toEqual([
            {
                type: "ovh:CloudProject/kubeIpRestrictions:KubeIpRestrictions",
                inputs: {
                    serviceName: "project-id",
                    kubeId: "cluster-id",
                    ips: ["198.51.100.7/32", "203.0.113.0/25", "203.0.113.128/25"],
                },
            },
        ]);
    });

    it("closes to people whose row is taken away", async () => {
        const [{ inputs }] = await restrictions({ rows: ROWS.slice(0, 1) });
        expect(inputs.ips).toEqual(["203.0.113.0/25", "203.0.113.128/25"]);
    });

    it("lets in what the stack adds", async () => {
        const [{ inputs }] = await restrictions({ ovh: { others: ["192.0.2.77/32"] } });
        expect(inputs.ips).toContain("192.0.2.77/32");
    });

    it("refuses an empty list, which would let everybody in", async () => {
        await expect(restrictions({ rows: [] })).rejects.toThrow(/an empty list of OVH's lets everybody in/);
    });

    it("refuses to stay with what the stack adds alone", async () => {
        await expect(restrictions({ rows: [], ovh: { others: ["203.0.113.0/24"] } })).rejects.toThrow(/No row/);
    });

    it("refuses a list without the caller's address", async () => {
        await expect(restrictions({ ovh: { caller: "192.0.2.1/32" } })).rejects.toThrow(
            /192\.0\.2\.1\/32 \(matrice:ovh\.caller\).*would lock its author out/s,
        );
    });

    it("refuses a list with a part of the caller's addresses alone", async () => {
        await expect(restrictions({ ovh: { caller: "203.0.112.0/23" } })).rejects.toThrow(/lock its author out/);
    });
});

describe("ControlPlane elsewhere", () => {
    it("registers nothing, and says that nobody holds its rows", async () => {
        const matrix = resolve(
            [readDocument(["|Source|Destination|Port|Protocol|Why|", "|-|-|-|-|-|", ...ROWS].join("\n"), "matrix.md")],
            readInventory(INVENTORY, "inventory.yaml"),
        );
        const network = parseNetworkSettings({ people });
        const { resources, result } = await render(
            () => new ControlPlane("control-plane", { role: matrix.role("Control plane"), matrix, network }),
        );
        expect(resources.map(({ type }) => type)).toEqual(["matrice:index:ControlPlane"]);
        expect(result.enforcement).toContain("Nobody holds the rows to Control plane (matrice:ovh is not set)");
    });
});
