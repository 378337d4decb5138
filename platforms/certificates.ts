import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { Certificates } from "../components/certificates/certificates";
import type { Running } from "../components/observability/prometheus-rules";
import type { Matrix, Role } from "../matrix";

/** The settings of a platform's certificates. */
export const certificateKeys = {
    letsEncrypt: z.strictObject({
        environment: z.enum(["staging", "production"]).meta({ example: "staging" }),
        email: z.email("expected a mail address").meta({ example: "admin@example.org" }),
    }),
    certManager: z
        .strictObject({
            /**
             * Whether the control plane asks cert-manager's webhook about what is written in its kinds, and refuses it
             * for want of an answer. False where nothing runs in pods, as on the embedded cluster.
             */
            webhooks: z.boolean("expected true or false").default(true).meta({ example: "true" }),
        })
        .prefault({}),
    /** cert-manager's definitions and its rendered chart, put there by `make up`. */
    certManagerDefinitions: z.string().min(1).default(".tools/cert-manager/crds.json"),
    certManagerChart: z.string().min(1).default(".tools/cert-manager/chart.json"),
};

type CertificateSettings = z.infer<z.ZodObject<typeof certificateKeys>>;

export interface Certified {
    readonly matrix: Matrix;
    readonly settings: CertificateSettings;
    /** The role that serves with the certificates. */
    readonly role: Role;
    readonly hosts: readonly string[];
}

/** cert-manager, whose roles have the same names in every platform, and a certificate for each host. */
export function certify(
    { matrix, settings, role, hosts }: Certified,
    opts: pulumi.ComponentResourceOptions,
): Certificates {
    return new Certificates(
        "certificates",
        {
            role,
            certManager: {
                roles: {
                    controller: matrix.role("cert-manager"),
                    webhook: matrix.role("cert-manager webhook"),
                    injector: matrix.role("cert-manager cainjector"),
                },
                chart: settings.certManagerChart,
                webhooks: settings.certManager.webhooks,
            },
            solverRole: matrix.role("ACME solver"),
            hosts,
            letsEncrypt: settings.letsEncrypt,
            definitions: settings.certManagerDefinitions,
        },
        opts,
    );
}

/** What the roles of cert-manager run, for the alerts. */
export function runningCertManager({ certManager }: CertificateSettings): Record<string, Running> {
    const pods = (count: number): Running => ({ program: "cert-manager", pods: count });
    return {
        "cert-manager": pods(1),
        "cert-manager webhook": pods(certManager.webhooks ? 2 : 1),
        "cert-manager cainjector": pods(1),
    };
}
