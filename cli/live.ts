import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Matrix } from "../matrix";
import { flatten, type KubernetesObject } from "../network";
import { EXCEPTION } from "../rules";
import { UsageError, type Terminal } from "./terminal";

/** Kinds that open nothing and are many, secret or of the cluster's own book-keeping. */
const unread = [
    "secrets",
    "events",
    "events.events.k8s.io",
    "leases.coordination.k8s.io",
    "componentstatuses",
    "controllerrevisions.apps",
];

/**
 * Every object of a cluster that kubectl may list, Secrets left out: nothing here needs what they hold. Throws
 * UsageError, with what kubectl said, when there is no kubectl, no cluster or no right to list.
 */
export function readCluster(context: string | undefined, { environment }: Terminal): KubernetesObject[] {
    const folders = [...(environment.PATH ?? "").split(delimiter), join(".tools", "bin")];
    const kubectl = folders.map((folder) => join(folder, "kubectl")).find(existsSync);
    if (kubectl === undefined) {
        throw new UsageError("there is no kubectl on PATH nor in .tools/bin; give files, or - for the standard input.");
    }
    const ask = (...args: string[]) => {
        try {
            return execFileSync(kubectl, [...(context === undefined ? [] : ["--context", context]), ...args], {
                encoding: "utf8",
                maxBuffer: 1024 * 1024 * 1024,
                stdio: ["ignore", "pipe", "pipe"],
                env: environment as NodeJS.ProcessEnv,
            });
        } catch (error) {
            const said = String((error as { stderr?: string }).stderr ?? error).trim();
            throw new UsageError(`the cluster cannot be read: ${said}`);
        }
    };
    const kinds = ask("api-resources", "--verbs=list", "--output=name")
        .split("\n")
        .filter((kind) => kind !== "" && !unread.includes(kind) && !kind.endsWith(".metrics.k8s.io"));
    return flatten([JSON.parse(ask("get", kinds.join(","), "--all-namespaces", "--output=json"))]);
}

/**
 * Those of a cluster's objects that a matrix answers for: what stands in its namespaces, these namespaces, and what
 * belongs to none. Endpoints are left out where the control plane makes them of a Service's selector, and so is what a
 * controller makes of another object, pods apart: they may have been changed on the way. A pod has the exceptions of
 * what it was made of.
 */
export function ownObjects(objects: readonly KubernetesObject[], { namespaces }: Matrix): KubernetesObject[] {
    const selecting = new Set(
        objects.filter(({ kind, spec }) => kind === "Service" && spec?.selector !== undefined).map(nameOf),
    );
    const byName = new Map(objects.map((object) => [keyOf(object.kind, object), object]));
    const maker = (object: KubernetesObject): KubernetesObject => {
        const owner = object.metadata.ownerReferences?.find(({ controller }) => controller);
        const found = owner && byName.get(`${owner.kind} ${object.metadata.namespace}/${owner.name}`);
        return found === undefined ? object : maker(found);
    };
    const own = objects.filter((object) => {
        const { kind, metadata } = object;
        const place = kind === "Namespace" ? metadata.name : metadata.namespace;
        if (place !== undefined && !namespaces.includes(place)) {
            return false;
        }
        if (kind === "Endpoints") {
            return !selecting.has(nameOf(object));
        }
        const service = metadata.labels?.["kubernetes.io/service-name"];
        if (kind === "EndpointSlice" && service !== undefined) {
            const made = metadata.labels?.["endpointslice.kubernetes.io/managed-by"]?.endsWith(".k8s.io");
            return !(made && selecting.has(`${metadata.namespace}/${service}`));
        }
        return kind === "Pod" || metadata.ownerReferences?.some(({ controller }) => controller) !== true;
    });
    return own.map((object) => {
        const exception = object.kind === "Pod" ? maker(object).metadata.annotations?.[EXCEPTION] : undefined;
        const annotations = { ...object.metadata.annotations, [EXCEPTION]: exception! };
        return exception === undefined ? object : { ...object, metadata: { ...object.metadata, annotations } };
    });
}

const keyOf = (kind: string, object: KubernetesObject) => `${kind} ${nameOf(object)}`;
const nameOf = ({ metadata }: KubernetesObject) => `${metadata.namespace}/${metadata.name}`;
