import { didYouMean, type Transport } from "../matrix";
import {
    AddressError,
    objectName,
    parseAddress,
    PolicyError,
    reach,
    type Decision,
    type PodClass,
    type Reach,
    type ServicePort,
} from "../network";
import { readManifests } from "./manifests";
import { UsageError, type ExitCode, type Terminal } from "./terminal";

interface Port {
    readonly transport: Transport;
    readonly port: number;
}

/** An end as the command names it: an address, the pods of a workload, or a Service by namespace and name. */
type End = { name: string; address: string } | { name: string; pods: PodClass[] } | { name: string; service: string };

/** One connection that is asked about, after a Service's port is translated. */
interface Attempt {
    readonly decisions: readonly Decision[];
    /** The pods and the port that a Service leads to. */
    readonly behind?: string;
}

/** `matrice explain` by Kubernetes objects: which policies hold or open a connection. Throws UsageError. */
export function explainObjects(
    from: string,
    to: string,
    port: Port,
    paths: readonly string[],
    terminal: Terminal,
): ExitCode {
    const judged = read(paths);
    const source = readEnd(from, judged, false);
    const destination = readEnd(to, judged, true);
    const what = `${source.name} → ${destination.name} ${port.port}/${port.transport}`;
    const attempts = attemptsOf(source, destination, port, judged);
    if (typeof attempts === "string") {
        terminal.out(`${what} is refused: ${attempts}.\n`);
        return 1;
    }
    const allowed = attempts.filter(({ decisions }) => decisions.every(isOpen)).length;
    const verdict =
        allowed === attempts.length ? "allowed" : allowed === 0 ? "refused" : "allowed for some of its pods alone";
    terminal.out(`${what} is ${verdict}.\n`);
    for (const { behind, decisions } of attempts) {
        if (behind !== undefined) {
            terminal.out(`  service  ${behind}\n`);
        }
        for (const decision of decisions) {
            terminal.out(`  ${decision.direction.padEnd(7)}  ${reasonOf(decision)}\n`);
        }
        if (decisions.length === 0) {
            terminal.out("  No policy holds it: no pod stands at either end.\n");
        }
    }
    return allowed === attempts.length ? 0 : 1;
}

function read(paths: readonly string[]): Reach {
    try {
        return reach(readManifests(paths));
    } catch (error) {
        throw error instanceof PolicyError ? new UsageError(error.message) : error;
    }
}

const isOpen = ({ policies, allowedBy }: Decision): boolean => policies.length === 0 || allowedBy.length > 0;

function reasonOf({ direction, pods, policies, allowedBy }: Decision): string {
    if (policies.length === 0) {
        return `no policy selects ${namesOf(pods)}`;
    }
    return allowedBy.length > 0
        ? allowedBy.map(({ policy, index }) => `${objectName(policy)}, ${direction}[${index}]`).join("; ")
        : `refused: no rule of ${policies.map(objectName).join(", ")} lets it through`;
}

/** The connections that the question is about, or why there is none. */
function attemptsOf(source: End, destination: End, { transport, port }: Port, judged: Reach): Attempt[] | string {
    const sources = "pods" in source ? source.pods : [(source as { address: string }).address];
    const decide = (end: PodClass | string, number: number, behind?: string): Attempt[] =>
        sources.map((one) => ({ decisions: judged.decide(one, end, transport, number), behind }));
    if ("address" in destination) {
        return decide(destination.address, port);
    }
    if ("pods" in destination) {
        return destination.pods.flatMap((one) => decide(one, port));
    }
    const { service } = destination;
    const ports = judged.services.filter((one) => one.service === service);
    const wanted = ports.find((one) => one.transport === transport && one.port === port);
    if (wanted === undefined) {
        const listed = ports.map((one) => `${one.port}/${one.transport}`).join(", ");
        return `the Service has no such port, it has ${listed === "" ? "none" : listed}`;
    }
    if (wanted.targets.length === 0) {
        return "no pod is behind this port of the Service: see its selector, and the target port's name";
    }
    return wanted.targets.flatMap((target) => decide(target.class, target.port, behindText(wanted, target)));
}

function behindText({ port, transport }: ServicePort, target: ServicePort["targets"][number]): string {
    return `${port}/${transport} leads to ${target.port}/${transport} of ${namesOf(target.class)}`;
}

/** "shop/api[Deployment]", as `matrice reach` prints it. */
function workloadText(workload: string): string {
    const [kind, name] = workload.split(" ");
    return `${name}[${kind}]`;
}

const namesOf = ({ workloads }: PodClass): string => workloads.map(workloadText).join(", ");

function readEnd(text: string, judged: Reach, serves: boolean): End {
    try {
        parseAddress(text);
        return { name: text, address: text };
    } catch (error) {
        if (!(error instanceof AddressError)) {
            throw error;
        }
    }
    const services = serves ? [...new Set(judged.services.map(({ service }) => service))] : [];
    const [, name, namespace] = /^([^./]+)\.([^./]+)\.svc(?:\..+)?$/.exec(text) ?? [];
    const known = new Set(judged.classes.flatMap(({ workloads }) => workloads.map(workloadText)));
    const named = name === undefined ? [...known].filter((one) => fits(one, text)) : [];
    const servicesNamed = services.filter((one) =>
        name === undefined ? fits(`${one}[Service]`, text) : one === `${namespace}/${name}`,
    );
    const found = named.length > 0 ? named : servicesNamed.map((one) => `${one}[Service]`);
    if (found.length > 1) {
        throw new UsageError(`"${text}" is one of several: ${found.sort().join(", ")}.`);
    }
    if (found.length === 0) {
        const names = [...known, ...services.map((one) => `${one}[Service]`)];
        const spellings = names.map((one) => one.replace(/\[.*$/, "")).flatMap((one) => [one, one.split("/")[1]]);
        const near = didYouMean(text, new Set(spellings));
        throw new UsageError(`nothing among the objects is called "${text}"${near === undefined ? "." : `: ${near}`}`);
    }
    const [whole] = found;
    return named.length === 0
        ? { name: whole, service: servicesNamed[0] }
        : { name: whole, pods: judged.classes.filter(({ workloads }) => workloads.map(workloadText).includes(whole)) };
}

/** Whether "shop/api[Deployment]" is what a text means that may leave out the namespace and the kind. */
function fits(whole: string, text: string): boolean {
    const [, namespaced] = /^(.*)\[.*$/.exec(whole)!;
    return [whole, namespaced, namespaced.split("/")[1]].includes(text);
}
