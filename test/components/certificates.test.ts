import { join } from "node:path";
import { Certificates, type CertificatesArgs } from "../../components/certificates/certificates";
import { readDefinitions } from "../../components/certificates/definitions";
import { object, objects, render } from "./render";
import { certManager } from "./cert-manager";
import { smallMatrix } from "./small-matrix";

const definitions = join(__dirname, "fixtures/crds.yaml");

async function rendered(args: Partial<CertificatesArgs> = {}) {
    const matrix = smallMatrix();
    const { resources, result } = await render(
        () =>
            new Certificates("certificates", {
                role: matrix.role("Proxy"),
                certManager: certManager(matrix),
                solverRole: matrix.role("ACME solver"),
                hosts: ["www.example.org", "api.example.org"],
                letsEncrypt: { environment: "staging", email: "admin@example.org" },
                definitions,
                ...args,
            }),
    );
    return { all: objects(resources), certificates: result };
}

describe("Certificates", () => {
    it.each([
        ["staging", "https://acme-staging-v02.api.letsencrypt.org/directory"],
        ["production", "https://acme-v02.api.letsencrypt.org/directory"],
    ] as const)("orders from Let's Encrypt's %s", async (environment, server) => {
        const { all } = await rendered({ letsEncrypt: { environment, email: "admin@example.org" } });
        const issuer = object(all, "ClusterIssuer", `letsencrypt-${environment}`);
        expect(issuer.spec.acme).toMatchObject({ server, email: "admin@example.org" });
    });

    it("makes one certificate a host, temporary until the first is issued", async () => {
        const { all, certificates } = await rendered();
        for (const host of ["www.example.org", "api.example.org"]) {
            const { metadata, spec } = object(all, "Certificate", host);
            expect(metadata.namespace).toBe("shop");
            expect(metadata.annotations).toMatchObject({ "cert-manager.io/issue-temporary-certificate": "true" });
            expect(spec).toMatchObject({ dnsNames: [host], secretName: certificates.secrets[host] });
            expect(spec.issuerRef).toMatchObject({ kind: "ClusterIssuer", name: "letsencrypt-staging" });
        }
    });

    it("asks the authority a minute later, since cert-manager itself can't reach the answer from inside", async () => {
        const { all } = await rendered();
        const { spec } = object(all, "ClusterIssuer", "letsencrypt-staging");
        expect(spec.acme.solvers).toEqual([expect.objectContaining({ waitInsteadOfSelfCheck: "60s" })]);
    });

    it("has the solver's pods labelled as their role, and its Service select them", async () => {
        const { all } = await rendered();
        const { spec } = object(all, "ClusterIssuer", "letsencrypt-staging");
        const { ingress } = spec.acme.solvers[0].http01;
        expect(ingress.serviceType).toBe("ClusterIP");
        const service = object(all, "Service", "acme-solver");
        expect(service.spec.ports[0]).toMatchObject({ port: 8090, targetPort: 8090 });
        expect(service.spec.clusterIP).toBe("None");
        expect(service.spec.selector).toEqual({
            "acme.cert-manager.io/http01-solver": "true",
            "matrice.dev/connected": "true",
        });
        const labels = {
            // cert-manager's own. https://cert-manager.io/docs/configuration/acme/http01/
            "acme.cert-manager.io/http01-solver": "true",
            ...ingress.podTemplate.metadata.labels,
        };
        expect(labels).toMatchObject(service.spec.selector);
        expect(labels["app.kubernetes.io/name"]).toBe("acme-solver");
    });

    it("registers each definition of the file", async () => {
        const { all } = await rendered();
        const names = all
            .filter(({ kind }) => kind === "CustomResourceDefinition")
            .map(({ metadata }) => metadata.name);
        expect(names).toEqual([
            "certificaterequests.cert-manager.io",
            "certificates.cert-manager.io",
            "challenges.acme.cert-manager.io",
            "clusterissuers.cert-manager.io",
            "issuers.cert-manager.io",
            "orders.acme.cert-manager.io",
        ]);
    });

    it("says what to run when the file of definitions is not there", async () => {
        await expect(rendered({ definitions: "/nowhere/crds.yaml" })).rejects.toThrow(
            /\/nowhere\/crds\.yaml is missing[\s\S]*Run: make/,
        );
    });

    it("refuses anything but definitions among definitions", () => {
        expect(() => readDefinitions("apiVersion: v1\nkind: Namespace\nmetadata: { name: x }")).toThrow(
            "A Namespace stands among the definitions",
        );
    });
});
