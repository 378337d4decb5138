import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../matrix";
import { emptyDir, type HardenedContainer, type PodArgs, type Resources } from "../pod";
import { authorityFile, configMap, variables } from "../secrets";
import { bucketFiles, secretFiles, type BucketAccess, type SecretFiles } from "./bucket-access";
import { BUNDLE_FILE, scriptFiles, type JobScript } from "./scripts";

/** What every job of ours is run by, and with. */
export interface JobRunner {
    /** An image of Node.js. */
    readonly image: pulumi.Input<string>;
    /** See jobBundle. */
    readonly bundle: k8s.core.v1.ConfigMap;
    readonly access: BucketAccess;
}

/** A container beside the job's, of an image with the programs that the job needs: a database's dump, a restore. */
export interface Partner {
    /** The container's name. */
    readonly name: string;
    readonly image: pulumi.Input<string>;
    /** What it runs, with {@link served}: the steps that the job calls. */
    readonly command: readonly string[];
    readonly environment?: Record<string, string>;
    /** Mounted beside serve.sh. */
    readonly scripts?: readonly JobScript[];
    /** Files that it alone reads, under /run/secrets/database. */
    readonly secrets?: Record<string, pulumi.Input<string>>;
    /** The Secret whose ca.crt is the authority of the database's certificate, under /run/secrets/authority. */
    readonly authority?: string;
    /** Folders of its own, with their sizes. */
    readonly folders?: Record<string, string>;
    readonly resources: Resources;
    /** The user of its image, which the whole pod runs as: both containers write into one folder. */
    readonly user: number;
}

export interface JobPodArgs {
    readonly role: Role;
    readonly runner: JobRunner;
    /** "backup", and what follows in the job's command. */
    readonly command: readonly string[];
    readonly environment?: Record<string, string>;
    /** Files that the job alone reads besides its keys, under /run/secrets/job. */
    readonly secrets?: Record<string, pulumi.Input<string>>;
    /** Folders of the job's, with their sizes. */
    readonly folders?: Record<string, string>;
    readonly resources: Resources;
    readonly partner?: Partner;
    /** Added to the job's container: ports, probes. */
    readonly container?: Partial<HardenedContainer>;
}

const BUNDLE_FOLDER = "/opt/jobs";
const SCRIPTS_FOLDER = "/opt/exchange";
const EXCHANGE_FOLDER = "/run/exchange";
/** Where the files of JobPodArgs.secrets and of Partner.secrets are. */
export const JOB_SECRETS = "/run/secrets/job";
export const PARTNER_SECRETS = "/run/secrets/database";
/** The user `node` of Node.js's image. */
const NODE_USER = 1000;

/** The command of a partner's container that runs one command for the job. */
export function served(step: string, ...command: string[]): string[] {
    return ["sh", script("exchange/serve.sh"), step, ...command];
}

/** What a job is given for a command that its partner serves, after the `--` that announces a command. */
export function called(step: string): string[] {
    return ["--", "sh", script("exchange/call.sh"), step];
}

/** Where a script is in the containers of a pod that has a partner. */
export function script(name: JobScript): string {
    return `${SCRIPTS_FOLDER}/${name.slice(name.indexOf("/") + 1)}`;
}

/**
 * The pod of a job: Node.js with the bundle and the job's own keys, and, where the job needs another image's programs,
 * a second container that runs them over pipes in a shared folder (jobs/exchange). Neither sees the other's secrets.
 */
export function jobPod(name: string, args: JobPodArgs, opts: pulumi.CustomResourceOptions): PodArgs {
    const { role, runner, partner } = args;
    const keys = bucketFiles(`${name}-object-storage`, role, runner.access, opts);
    const own = args.secrets && secretFiles(`${name}-secrets`, role, "job", args.secrets, opts);
    const beside = partner && partnerParts(name, role, partner, opts);
    const folders = foldersOf("job", { "/tmp": "16Mi", ...args.folders });
    const start = ["node", `${BUNDLE_FOLDER}/${BUNDLE_FILE}`, ...args.command];
    const job: HardenedContainer = {
        name: "job",
        image: runner.image,
        command: partner ? ["sh", script("exchange/job.sh"), ...start] : start,
        env: variables({ ...keys.environment, ...args.environment, ...(partner && { EXCHANGE: EXCHANGE_FOLDER }) }),
        resources: args.resources,
        volumeMounts: [
            { name: "bundle", mountPath: BUNDLE_FOLDER, readOnly: true },
            keys.mount,
            ...(own ? [own.mount] : []),
            ...folders.mounts,
            ...(beside?.shared ?? []),
        ],
        ...args.container,
    };
    return {
        role,
        user: partner?.user ?? NODE_USER,
        containers: [job, ...(beside ? [beside.container] : [])],
        volumes: [
            { name: "bundle", configMap: { name: runner.bundle.metadata.name } },
            keys.volume,
            ...(own ? [own.volume] : []),
            ...folders.volumes,
            ...(beside?.volumes ?? []),
        ],
    };
}

function partnerParts(name: string, role: Role, partner: Partner, opts: pulumi.CustomResourceOptions) {
    const scripts = configMap(
        `${name}-scripts`,
        role,
        scriptFiles(["exchange/job.sh", "exchange/call.sh", "exchange/serve.sh", ...(partner.scripts ?? [])]),
        opts,
    );
    const shared = [
        { name: "scripts", mountPath: SCRIPTS_FOLDER, readOnly: true },
        { name: "exchange", mountPath: EXCHANGE_FOLDER },
    ];
    const secrets: SecretFiles | undefined =
        partner.secrets && secretFiles(`${name}-database`, role, "database", partner.secrets, opts);
    const authority = partner.authority === undefined ? undefined : authorityFile(partner.authority);
    const folders = foldersOf(partner.name, { "/tmp": "64Mi", ...partner.folders });
    const container: HardenedContainer = {
        name: partner.name,
        image: partner.image,
        command: [...partner.command],
        env: variables({ EXCHANGE: EXCHANGE_FOLDER, HOME: "/tmp", ...partner.environment }),
        resources: partner.resources,
        volumeMounts: [
            ...shared,
            ...(secrets ? [secrets.mount] : []),
            ...(authority ? [authority.mount] : []),
            ...folders.mounts,
        ],
    };
    const volumes = [
        { name: "scripts", configMap: { name: scripts.metadata.name } },
        // Pipes and a few words.
        emptyDir("exchange", "1Mi"),
        ...(secrets ? [secrets.volume] : []),
        ...(authority ? [authority.volume] : []),
        ...folders.volumes,
    ];
    return { container, shared, volumes };
}

/** An emptyDir a folder, named after its owner and its path. */
function foldersOf(owner: string, sizes: Record<string, string>) {
    const folders = Object.entries(sizes).map(([mountPath, size]) => ({
        mountPath,
        size,
        name: `${owner}${mountPath.replaceAll("/", "-")}`,
    }));
    return {
        volumes: folders.map(({ name, size }) => emptyDir(name, size)),
        mounts: folders.map(({ name, mountPath }) => ({ name, mountPath })),
    };
}
