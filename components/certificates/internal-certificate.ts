import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../matrix";
import { hostOf, metadata, nameOf, unnamed } from "../workload";

export interface InternalCertificateArgs {
    /** The role that serves with the certificate: it stands in its namespace, for the names of its Service. */
    readonly role: Role;
}

/**
 * A certificate for a role's Service from an authority of its own, made and renewed by cert-manager: its clients trust
 * that authority and no other. Needs cert-manager's definitions (Certificates).
 * https://cert-manager.io/docs/configuration/selfsigned/#bootstrapping-ca-issuers
 */
export class InternalCertificate extends pulumi.ComponentResource {
    /** The Secret of the server: tls.crt, tls.key, and the authority as ca.crt, which is what clients may mount. */
    readonly secret: string;

    constructor(name: string, args: InternalCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:InternalCertificate", name, {}, opts);
        const { role } = args;
        const child = { parent: this };
        this.secret = `${nameOf(role)}-certificate`;
        const selfSigned = issuer(`${name}-self-signed`, role, "self-signed", { selfSigned: {} }, child);
        const authority = `${nameOf(role)}-authority`;
        const root = certificate(
            `${name}-authority`,
            role,
            "authority",
            {
                isCA: true,
                commonName: authority,
                secretName: authority,
                // Ten years: its renewal rolls the pods that trust it.
                duration: "87600h",
                issuerRef: issuerRef(role, "self-signed"),
            },
            { ...child, dependsOn: selfSigned },
        );
        const own = issuer(
            `${name}-issuer`,
            role,
            "authority",
            { ca: { secretName: authority } },
            { ...child, dependsOn: root },
        );
        certificate(
            `${name}-certificate`,
            role,
            "certificate",
            {
                secretName: this.secret,
                dnsNames: names(role),
                duration: "2160h",
                renewBefore: "720h",
                usages: ["digital signature", "server auth"],
                issuerRef: issuerRef(role, "authority"),
            },
            { ...child, dependsOn: own },
        );
        this.registerOutputs();
    }
}

/** The names of a role's Service, from the shortest that its neighbours use to the whole. */
function names(role: Role): string[] {
    const whole = hostOf(role).split(".");
    return [1, 2, 3, whole.length].map((length) => whole.slice(0, length).join("."));
}

const API = "cert-manager.io/v1";

function issuerRef(role: Role, suffix: string) {
    return { group: "cert-manager.io", kind: "Issuer", name: metadata(role, suffix).name };
}

function issuer(name: string, role: Role, suffix: string, spec: object, opts: pulumi.CustomResourceOptions) {
    const of = metadata(role, suffix);
    return new k8s.apiextensions.CustomResource(name, { apiVersion: API, kind: "Issuer", metadata: of, spec }, opts);
}

function certificate(name: string, role: Role, suffix: string, spec: object, opts: pulumi.CustomResourceOptions) {
    return new k8s.apiextensions.CustomResource(
        name,
        {
            apiVersion: API,
            kind: "Certificate",
            metadata: {
                ...metadata(role, suffix),
                // The pods that mount its Secret wait for it; an update does not wait twice.
                annotations: { "pulumi.com/skipAwait": "true" },
            },
            spec: {
                privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
                secretTemplate: { labels: unnamed(role).labels },
                ...spec,
            },
        },
        opts,
    );
}
