import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../matrix";
import { service } from "../service";
import { labels, unnamed } from "../workload";
import { CertManager, type CertManagerArgs } from "./cert-manager";
import { Definitions } from "./definitions";

export interface LetsEncrypt {
    /** staging issues certificates that no browser trusts, without the production's rate limits. */
    readonly environment: "staging" | "production";
    /** Whom Let's Encrypt warns. */
    readonly email: string;
}

export interface CertificatesArgs {
    /** The role that serves with the certificates: they stand in its namespace. */
    readonly role: Role;
    readonly certManager: CertManagerArgs;
    /** The role of the pods that answer challenges. */
    readonly solverRole: Role;
    /** The names to certify, one certificate each. */
    readonly hosts: readonly string[];
    readonly letsEncrypt: LetsEncrypt;
    /** The file with the definitions of cert-manager's kinds. */
    readonly definitions: string;
}

/** https://letsencrypt.org/docs/acme-protocol-updates/ */
const DIRECTORIES: Record<LetsEncrypt["environment"], string> = {
    staging: "https://acme-staging-v02.api.letsencrypt.org/directory",
    production: "https://acme-v02.api.letsencrypt.org/directory",
};

/**
 * cert-manager and one certificate a host from Let's Encrypt, by HTTP-01. Challenges are answered by cert-manager's solver pods, which the
 * proxy reaches through a headless Service: without an Ingress controller nothing reads the Ingress that cert-manager
 * writes beside them.
 */
export class Certificates extends pulumi.ComponentResource {
    /** The Secret (tls.crt, tls.key) of each host, in the role's namespace; there once cert-manager made it. */
    readonly secrets: Readonly<Record<string, string>>;

    constructor(name: string, args: CertificatesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:Certificates", name, {}, opts);
        const { role, solverRole, letsEncrypt } = args;
        const definitions = new Definitions(`${name}-definitions`, { file: args.definitions }, { parent: this });
        const certManager = new CertManager(`${name}-manager`, args.certManager, {
            parent: this,
            dependsOn: definitions,
        });
        const issuer = `letsencrypt-${letsEncrypt.environment}`;
        const clusterIssuer = new k8s.apiextensions.CustomResource(
            `${name}-issuer`,
            {
                apiVersion: "cert-manager.io/v1",
                kind: "ClusterIssuer",
                metadata: { name: issuer, labels: unnamed(args.certManager.roles.controller).labels },
                spec: {
                    acme: {
                        server: DIRECTORIES[letsEncrypt.environment],
                        email: letsEncrypt.email,
                        // A ClusterIssuer's Secret stands in cert-manager's namespace.
                        privateKeySecretRef: { name: `${issuer}-account` },
                        // cert-manager would check first that it reaches the answer by the host's public name: no row
                        // lets it out to there, and many a load balancer doesn't let its own pods back in.
                        solvers: [{ http01: { ingress: solverTemplate(solverRole) }, waitInsteadOfSelfCheck: "60s" }],
                    },
                },
            },
            { parent: this, dependsOn: definitions },
        );
        const certificates = args.hosts.map(
            (host) =>
                new k8s.apiextensions.CustomResource(`${name}-${host}`, certificate(role, host, issuer), {
                    parent: this,
                    dependsOn: clusterIssuer,
                }),
        );
        certManager.reviewAfter([clusterIssuer, ...certificates]);
        service(
            `${name}-solver`,
            {
                role: solverRole,
                purpose: "http",
                headless: true,
                // There are solver pods during a challenge only.
                annotations: { "pulumi.com/skipAwait": "true" },
            },
            { parent: this },
        );
        this.secrets = Object.fromEntries(args.hosts.map((host) => [host, secretName(host)]));
        this.registerOutputs();
    }
}

/**
 * The pods that cert-manager starts to answer a challenge: labelled as their role, so that its policy and its Service
 * select them. Their Service is of type ClusterIP, where cert-manager's default would open a port on every node.
 * https://cert-manager.io/docs/configuration/acme/http01/#options
 */
function solverTemplate(solver: Role): object {
    return {
        serviceType: "ClusterIP",
        podTemplate: {
            metadata: { labels: labels(solver) },
            spec: { securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } },
        },
    };
}

function certificate(role: Role, host: string, issuer: string): k8s.apiextensions.CustomResourceArgs {
    return {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: {
            ...unnamed(role),
            name: host,
            annotations: {
                // The proxy serves with a certificate of its own making until the first is issued.
                "cert-manager.io/issue-temporary-certificate": "true",
                // It is issued when the host's DNS leads here, which an update does not wait for.
                "pulumi.com/skipAwait": "true",
            },
        },
        spec: {
            secretName: secretName(host),
            dnsNames: [host],
            issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: issuer },
            privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
            // The Secret bears the platform's labels, so that it is known whose it is.
            secretTemplate: { labels: unnamed(role).labels },
        },
    };
}

function secretName(host: string): string {
    return `${host}-tls`;
}
