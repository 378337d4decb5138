import * as pulumi from "@pulumi/pulumi";
import type { Matrix, Role } from "../../matrix";
import { emptyDir, type HardenedContainer } from "../pod";
import { configMap, secret } from "../secrets";
import { metricsService, service } from "../service";
import { portOf } from "../workload";
import {
    alertmanagerConfiguration,
    alertmanagerFile,
    type Channels,
    type Severity,
} from "./alertmanager-configuration";
import { containerPorts, DATA, httpProbes, stateful, type Keeper } from "../stateful";

export interface AlertmanagerArgs extends Keeper {
    readonly matrix: Matrix;
    readonly email?: {
        /** The mail server's role. */
        readonly to: Role;
        readonly from: string;
        readonly recipients: readonly string[];
        readonly user: string;
        readonly password: pulumi.Input<string>;
        /** Defaults to all. */
        readonly severities?: readonly Severity[];
    };
    readonly slack?: {
        readonly to: Role;
        readonly channel: string;
        /** The URL of an incoming webhook, which is a password. */
        readonly url: pulumi.Input<string>;
        /** Defaults to critical, high and medium. */
        readonly severities?: readonly Severity[];
    };
    readonly webhook?: {
        readonly to: Role;
        readonly url: pulumi.Input<string>;
        /** Defaults to critical alone. */
        readonly severities?: readonly Severity[];
    };
    readonly deadMansSwitch?: { readonly to: Role; readonly url: pulumi.Input<string> };
    /** Where links in messages lead: its own page is published nowhere. */
    readonly publicUrl?: string;
}

/** The user nobody of the image. */
const USER = 65534;
const CONFIGURATION_FOLDER = "/etc/alertmanager";
const SECRETS_FOLDER = "/run/secrets/alertmanager";
const DATA_FOLDER = "/alertmanager";

/**
 * Alertmanager: tells people of alerts over the channels that its rows open. Its volume remembers silences and what was
 * told, so that a restart tells nothing twice.
 */
export class Alertmanager extends pulumi.ComponentResource {
    constructor(name: string, args: AlertmanagerArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:Alertmanager", name, {}, opts);
        const { role, matrix } = args;
        const child = { parent: this };
        const derived = alertmanagerConfiguration(role, matrix, channels(args));
        for (const report of derived.reports) void pulumi.log.warn(report, this);
        const file = configMap(name, role, { "alertmanager.yaml": alertmanagerFile(derived) }, child);
        const secrets = secret(`${name}-channels`, role, secretFiles(args), child);
        stateful(name, {
            keeper: args,
            user: USER,
            containers: [alertmanager(args)],
            volumes: [
                emptyDir("tmp", "32Mi"),
                { name: "configuration", configMap: { name: file.metadata.name } },
                { name: "channels", secret: { secretName: secrets.metadata.name, defaultMode: 0o440 } },
            ],
            opts: child,
        });
        service(name, { role, purpose: "http" }, child);
        metricsService(name, role, child);
        this.registerOutputs();
    }
}

/** The file of each secret, in the Secret and in the pod. */
const FILES = {
    email: "smtp-password",
    slack: "slack-url",
    webhook: "webhook-url",
    deadMansSwitch: "dead-mans-switch-url",
} as const;

function channels({ email, slack, webhook, deadMansSwitch }: AlertmanagerArgs): Channels {
    const path = (channel: keyof typeof FILES) => `${SECRETS_FOLDER}/${FILES[channel]}`;
    return {
        email: email && {
            ...email,
            severities: email.severities ?? ["critical", "high", "medium", "low"],
            passwordFile: path("email"),
        },
        slack: slack && {
            ...slack,
            severities: slack.severities ?? ["critical", "high", "medium"],
            urlFile: path("slack"),
        },
        webhook: webhook && { ...webhook, severities: webhook.severities ?? ["critical"], urlFile: path("webhook") },
        deadMansSwitch: deadMansSwitch && { ...deadMansSwitch, urlFile: path("deadMansSwitch") },
    };
}

function secretFiles({
    email,
    slack,
    webhook,
    deadMansSwitch,
}: AlertmanagerArgs): Record<string, pulumi.Input<string>> {
    return {
        ...(email && { [FILES.email]: email.password }),
        ...(slack && { [FILES.slack]: slack.url }),
        ...(webhook && { [FILES.webhook]: webhook.url }),
        ...(deadMansSwitch && { [FILES.deadMansSwitch]: deadMansSwitch.url }),
    };
}

function alertmanager({ role, image, publicUrl }: AlertmanagerArgs): HardenedContainer {
    const port = portOf(role, "http");
    return {
        name: "alertmanager",
        image,
        args: [
            `--config.file=${CONFIGURATION_FOLDER}/alertmanager.yaml`,
            `--storage.path=${DATA_FOLDER}`,
            "--data.retention=120h",
            `--web.listen-address=${port === undefined ? "127.0.0.1:0" : `:${port}`}`,
            ...(publicUrl === undefined ? [] : [`--web.external-url=${publicUrl}`, "--web.route-prefix=/"]),
            // Alone, it listens for no other.
            "--cluster.listen-address=",
        ],
        ports: containerPorts(role),
        resources: { cpu: ["20m", "200m"], memory: ["32Mi", "128Mi"] },
        ...httpProbes(port, { ready: "/-/ready", alive: "/-/healthy" }, 60),
        volumeMounts: [
            { name: DATA, mountPath: DATA_FOLDER },
            { name: "tmp", mountPath: "/tmp" },
            { name: "configuration", mountPath: CONFIGURATION_FOLDER, readOnly: true },
            { name: "channels", mountPath: SECRETS_FOLDER, readOnly: true },
        ],
    };
}
