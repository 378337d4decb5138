import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { loadPlatform, type Matrix } from "../../matrix";
import type { NetworkSettings } from "../../network";
import { currentStack, platformOf } from "../../platforms";
import type { Outputs } from "../../platforms/platform";
import { render, type Registered } from "../components/render";

const root = join(__dirname, "../..");

/** The definitions without their schemas, which are cert-manager's and would fill a golden file with a megabyte. */
const DEFINITIONS = "test/components/fixtures/crds.yaml";

/** The chart as it is, put there by `make up` and `make test`. */
const CHART = ".tools/cert-manager/chart.json";

/** Keys of the object storage, and of what is in it. */
const STORAGE = {
    "matrice:backupOwnerKey": "planted-owner-key",
    "matrice:backupWriterKey": "planted-writer-key",
    "matrice:backupRetentionKey": "planted-retention-key",
    "matrice:backupDrillKey": "planted-drill-key",
    "matrice:backupStatusKey": "planted-status-key",
    "matrice:drillIdentity": "AGE-SECRET-KEY-1PLANTED",
};

/** Values for the settings that only the stack's owner has; no rendered text may show one. */
export const SECRETS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "agents-prod": {
        "matrice:mailPassword": "<mailPassword>",
        "matrice:slackUrl": "https://hooks.slack.com/services/planted-slack",
        ...STORAGE,
    },
    prod: {
        "matrice:mailPassword": "<mailPassword>",
        "matrice:smsToken": "<smsToken>",
        "matrice:pushPrivateKey": "<pushPrivateKey>",
        "matrice:slackUrl": "https://hooks.slack.com/services/planted-slack",
        "matrice:alertWebhookUrl": "https://hc-ping.com/planted-webhook",
        "matrice:deadMansSwitchUrl": "https://hc-ping.com/planted-switch",
        "matrice:backupCleanupKey": "planted-cleanup-key",
        ...STORAGE,
    },
};

/** The files that `make up` puts in place, or that would fill a golden file: small ones that stand for them. */
function withFixtures(config: Record<string, unknown>): Record<string, unknown> {
    const backups = config["matrice:backups"] as { embedded?: string } | undefined;
    return {
        ...config,
        "matrice:certManagerDefinitions": join(root, DEFINITIONS),
        "matrice:certManagerChart": join(root, CHART),
        ...(backups && {
            // It stands in the golden file, so relative, as in the setting's default.
            "matrice:jobsBundle": "test/components/fixtures/jobs.js",
            "matrice:backups": {
                ...backups,
                ...(backups.embedded && { embedded: join(root, "test/components/fixtures/storage-access.json") }),
            },
        }),
    };
}

/** A stack as Pulumi.<stack>.yaml has it, rendered under mocks. */
export interface RenderedStack {
    readonly resources: readonly Registered[];
    readonly matrix: Matrix;
    readonly network: NetworkSettings;
    readonly outputs: Outputs;
}

/** What a stack sets beside its file, by whole keys. */
export interface Besides {
    readonly config?: Readonly<Record<string, unknown>>;
    readonly secrets?: Readonly<Record<string, string>>;
}

/** Renders what a stack registers; `change` makes another matrix of its platform's, `edge` another of its settings. */
export async function renderStack(
    stack: string,
    change: (matrix: Matrix) => Matrix = (matrix) => matrix,
    edge?: NetworkSettings["edge"],
    besides: Besides = {},
): Promise<RenderedStack> {
    const { config } = parse(readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8")) as {
        config: Record<string, unknown>;
    };
    const values = Object.entries({
        ...withFixtures(config),
        ...(edge && { "matrice:network": { ...(config["matrice:network"] as object), edge } }),
        ...besides.config,
    });
    const secrets = { ...SECRETS[stack], ...besides.secrets };
    const { resources, result } = await render(
        () => {
            const { folder, network, deploy } = platformOf(currentStack());
            const matrix = change(loadPlatform(join(root, folder)));
            return { network, matrix, outputs: deploy(matrix) };
        },
        {
            stack,
            config: {
                ...Object.fromEntries(
                    values.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
                ),
                ...secrets,
            },
            secretKeys: Object.keys(secrets),
        },
    );
    return { resources, ...result };
}
