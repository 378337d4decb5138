/**
 * Which cluster, as whom: kubeconfig files read by kubectl's rules
 * (https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/).
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { parse } from "yaml";

/** Everything a client needs to talk to one cluster. `origin` says where it was read, for messages. */
export interface ClusterAccess {
    readonly server: string;
    readonly origin: string;
    readonly namespace: string;
    readonly ca?: string;
    readonly serverName?: string;
    readonly insecure: boolean;
    readonly cert?: string;
    readonly key?: string;
    readonly authorization?: string;
}

export interface KubeconfigChoice {
    /** Content or path of a kubeconfig; the files of KUBECONFIG, else ~/.kube/config, when absent. */
    readonly kubeconfig?: string;
    readonly context?: string;
    readonly cluster?: string;
    readonly namespace?: string;
}

type Fields = Record<string, unknown>;
interface Named {
    readonly fields: Fields;
    /** Relative paths in a kubeconfig are relative to its folder. */
    readonly folder: string;
}
interface Merged {
    readonly origin: string;
    currentContext?: string;
    readonly clusters: Map<string, Named>;
    readonly users: Map<string, Named>;
    readonly contexts: Map<string, Named>;
}

/** Says what is wrong with the kubeconfig, and how to mend it. */
export class KubeconfigError extends Error {}

/** Reads the kubeconfig and resolves a context. Throws KubeconfigError when there is none or it names what is missing. */
export function clusterAccess(choice: KubeconfigChoice, env: NodeJS.ProcessEnv = process.env): ClusterAccess {
    const merged = readAll(choice, env);
    const contextName = choice.context ?? merged.currentContext;
    if (!contextName && !choice.cluster) {
        throw new KubeconfigError(`${merged.origin} has no current context; set kubernetes:context`);
    }
    const context = contextName ? pick(merged.contexts, contextName, "context", merged.origin).fields : {};
    const clusterName = choice.cluster ?? String(context.cluster ?? "");
    const cluster = pick(merged.clusters, clusterName, "cluster", merged.origin);
    const user = context.user ? pick(merged.users, String(context.user), "user", merged.origin) : undefined;
    const server = string(cluster.fields.server);
    if (!server) throw new KubeconfigError(`cluster "${clusterName}" of ${merged.origin} names no server`);
    if (cluster.fields["proxy-url"]) {
        throw new KubeconfigError(
            `cluster "${clusterName}" of ${merged.origin} has a proxy-url, which is not supported`,
        );
    }
    return {
        server: server.replace(/\/+$/, ""),
        origin: contextName ? `context "${contextName}" of ${merged.origin}` : merged.origin,
        namespace: choice.namespace ?? string(context.namespace) ?? "default",
        ca: pem(cluster, "certificate-authority"),
        serverName: string(cluster.fields["tls-server-name"]),
        insecure: cluster.fields["insecure-skip-tls-verify"] === true,
        ...(user ? credentials(user, merged.origin) : {}),
    };
}

function readAll(choice: KubeconfigChoice, env: NodeJS.ProcessEnv): Merged {
    if (choice.kubeconfig && !existsSync(expandHome(choice.kubeconfig))) {
        return merge(
            [{ content: choice.kubeconfig, folder: process.cwd() }],
            "the kubeconfig of the stack's configuration",
        );
    }
    const paths = choice.kubeconfig
        ? [expandHome(choice.kubeconfig)]
        : (env.KUBECONFIG || join(homedir(), ".kube", "config")).split(delimiter).filter(Boolean);
    const present = paths.filter((path) => existsSync(path));
    if (present.length === 0) {
        throw new KubeconfigError(`no kubeconfig at ${paths.join(", ")}; set KUBECONFIG or kubernetes:kubeconfig`);
    }
    const files = present.map((path) => ({ content: readFileSync(path, "utf8"), folder: dirname(resolve(path)) }));
    return merge(files, present.join(", "));
}

/** The first file that sets a value wins. */
function merge(files: { content: string; folder: string }[], origin: string): Merged {
    const merged: Merged = { origin, clusters: new Map(), users: new Map(), contexts: new Map() };
    for (const { content, folder } of files) {
        let document: Fields;
        try {
            document = (parse(content) ?? {}) as Fields;
        } catch {
            // The parser's message quotes the text, which may hold a key.
            throw new KubeconfigError(`${origin} is not YAML`);
        }
        if (typeof document !== "object")
            throw new KubeconfigError(`${origin} is neither a kubeconfig nor a file's path`);
        merged.currentContext ??= string(document["current-context"]);
        for (const [field, inner] of [
            ["clusters", "cluster"],
            ["users", "user"],
            ["contexts", "context"],
        ] as const) {
            for (const entry of (document[field] as Fields[] | undefined) ?? []) {
                const key = String(entry.name);
                if (!merged[field].has(key)) merged[field].set(key, { fields: (entry[inner] ?? {}) as Fields, folder });
            }
        }
    }
    return merged;
}

function pick(from: Map<string, Named>, key: string, what: string, origin: string): Named {
    const found = from.get(key);
    if (found) return found;
    const known = [...from.keys()].join(", ") || "none";
    throw new KubeconfigError(`${origin} has no ${what} "${key}" (it has: ${known})`);
}

function credentials(user: Named, origin: string): Pick<ClusterAccess, "cert" | "key" | "authorization"> {
    const { fields } = user;
    const cert = pem(user, "client-certificate");
    const key = pem(user, "client-key");
    const token = string(fields.token) ?? readOptional(user, string(fields.tokenFile))?.trim();
    if (token) return { cert, key, authorization: `Bearer ${token}` };
    if (fields.username) {
        const pair = Buffer.from(`${fields.username}:${fields.password ?? ""}`).toString("base64");
        return { cert, key, authorization: `Basic ${pair}` };
    }
    if (fields.exec) return { cert, key, ...fromCommand(fields.exec as Fields, origin) };
    if (fields["auth-provider"]) {
        throw new KubeconfigError(`${origin} uses an auth-provider, which Kubernetes removed; use exec or a token`);
    }
    return { cert, key };
}

/** A credential plugin: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins */
function fromCommand(exec: Fields, origin: string): Pick<ClusterAccess, "cert" | "key" | "authorization"> {
    const command = String(exec.command);
    const added = Object.fromEntries(
        ((exec.env as Fields[] | undefined) ?? []).map((e) => [String(e.name), String(e.value)]),
    );
    const info = JSON.stringify({ apiVersion: exec.apiVersion, kind: "ExecCredential", spec: { interactive: false } });
    try {
        const output = execFileSync(command, (exec.args as string[] | undefined) ?? [], {
            encoding: "utf8",
            timeout: 30_000,
            env: { ...process.env, ...added, KUBERNETES_EXEC_INFO: info },
            stdio: ["ignore", "pipe", "pipe"],
        });
        const status = (JSON.parse(output) as { status: Record<string, string> }).status;
        return {
            cert: status.clientCertificateData,
            key: status.clientKeyData,
            authorization: status.token ? `Bearer ${status.token}` : undefined,
        };
    } catch (error) {
        const code = (error as { code?: string; status?: number }).code ?? (error as { status?: number }).status;
        throw new KubeconfigError(`${origin}: the credential command "${command}" failed (${code})`);
    }
}

function pem(entry: Named, field: string): string | undefined {
    const inline = string(entry.fields[`${field}-data`]);
    if (inline) return Buffer.from(inline, "base64").toString("utf8");
    return readOptional(entry, string(entry.fields[field]));
}

function readOptional(entry: Named, path: string | undefined): string | undefined {
    if (!path) return undefined;
    const whole = resolve(entry.folder, path);
    try {
        return readFileSync(whole, "utf8");
    } catch (error) {
        throw new KubeconfigError(
            `${whole}, named by the kubeconfig, can't be read (${(error as NodeJS.ErrnoException).code})`,
        );
    }
}

const string = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
const expandHome = (path: string) => (path.startsWith("~/") ? join(homedir(), path.slice(2)) : path);
