import { join } from "node:path";
import { Isolation } from "../../components/isolation";
import { loadPlatform } from "../../matrix";
import { namedPolicies, parseNetworkSettings, policies, type KubernetesObject } from "../../network";
import { objects, render } from "./render";

const matrix = loadPlatform(join(__dirname, "../../platforms/e-chauffeur"), { on: new Date("2026-11-22") });
const network = parseNetworkSettings({
    people: { clients: ["0.0.0.0/0", "::/0"], administrators: ["203.0.113.0/24"], nodes: ["10.20.0.0/24"] },
    controlPlane: { cidrs: ["192.0.2.10/32"] },
});

describe("Isolation", () => {
    it("makes each namespace of the platform with the restricted standard enforced, warned and audited", async () => {
        const { resources } = await render(() => new Isolation("isolation", { matrix, network }));
        const namespaces = objects(resources).filter(({ kind }) => kind === "Namespace");
        expect(namespaces.map(({ metadata }) => metadata.name).sort()).toEqual([...matrix.namespaces].sort());
        for (const { metadata } of namespaces) {
            expect(metadata.labels).toEqual({
                "app.kubernetes.io/part-of": "e-chauffeur",
                "app.kubernetes.io/managed-by": "matrice",
                "pod-security.kubernetes.io/enforce": "restricted",
                "pod-security.kubernetes.io/enforce-version": "v1.35",
                "pod-security.kubernetes.io/warn": "restricted",
                "pod-security.kubernetes.io/warn-version": "v1.35",
                "pod-security.kubernetes.io/audit": "restricted",
                "pod-security.kubernetes.io/audit-version": "v1.35",
            });
        }
    });

    it("registers the policies as the network makes them, all of them", async () => {
        const { resources } = await render(() => new Isolation("isolation", { matrix, network }));
        const found = objects(resources).filter(({ kind }) => kind === "NetworkPolicy");
        const name = ({ metadata }: { metadata: { namespace?: string; name?: string } }) =>
            `${metadata.namespace}/${metadata.name}`;
        const wanted = policies(matrix, network);
        expect(found).toHaveLength(wanted.length);
        expect(new Map(found.map((one) => [name(one), one]))).toEqual(new Map(wanted.map((one) => [name(one), one])));
    });

    it("opens other parties by name where the network plugin knows names, and nowhere else", async () => {
        const cilium = { ...network, cni: "cilium" as const };
        const named = async (settings: typeof network) =>
            objects((await render(() => new Isolation("isolation", { matrix, network: settings }))).resources).filter(
                ({ kind }) => kind === "CiliumNetworkPolicy",
            );
        const byName = (a: KubernetesObject, b: KubernetesObject) => (a.metadata.name! < b.metadata.name! ? -1 : 1);
        expect(await named(network)).toEqual([]);
        const found = await named(cilium);
        expect(found.sort(byName)).toEqual([...namedPolicies(matrix, cilium)].sort(byName));
        const api = found.find(({ metadata }) => metadata.name === "api");
        expect(JSON.stringify(api?.spec)).toContain('"toFQDNs":[{"matchName":"');
    });
});
