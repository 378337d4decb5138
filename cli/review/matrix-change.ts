import {
    diffMatrices,
    MatrixError,
    readDocument,
    readInventory,
    resolve,
    type Diagnostic,
    type Document,
    type FlowChange,
    type Inventory,
    type Matrix,
    type ResolvedFlow,
    type Role,
    type RoleEntry,
} from "../../matrix";
import {
    formatPorts,
    intersectPorts,
    noPorts,
    NO_PORTS,
    portSet,
    subtractPorts,
    unitePorts,
    type PortSet,
} from "../../network";
import type { Revision } from "../repository";

export type ConnectionKind = "opened" | "widened" | "moved" | "narrowed" | "closed";

/** What the rows from one role to another come to, before and after. */
export interface ConnectionChange {
    readonly kind: ConnectionKind;
    readonly source: string;
    readonly destination: string;
    /** Ports that are new: `443/TCP`. */
    readonly opens: string;
    readonly closes: string;
    /** Who is at the other side of an opening, the most exposed first. */
    readonly exposure: (typeof exposures)[number];
    /** A group whose new or gone member this is. */
    readonly group?: string;
    readonly why: string;
    /** `platforms/e-chauffeur/matrix.md:18` */
    readonly rows: readonly string[];
}

/** A document that changed without opening or closing anything. */
export interface OtherChange {
    readonly what: string;
    readonly details: string;
}

export interface PlatformChange {
    readonly folder: string;
    readonly state: "added" | "removed" | "kept";
    readonly connections: readonly ConnectionChange[];
    readonly others: readonly OtherChange[];
    /** Why the documents can't be read, before or after. */
    readonly problems: readonly { readonly revision: string; readonly diagnostic: Diagnostic }[];
    /** Flows of the new state that have expired or soon will, and reviews that are due. */
    readonly due: readonly Diagnostic[];
}

/** The matrix diff of the platforms below a folder (platforms/), those that differ or need attention. */
export function diffPlatforms(before: Revision, after: Revision, folder: string, on: Date): PlatformChange[] {
    const names = new Set([before, after].flatMap((revision) => platformsOf(revision, folder)));
    return [...names]
        .sort()
        .map((name) => diffPlatform(before, after, name, on))
        .filter(
            ({ state, connections, others, problems, due }) =>
                state !== "kept" || connections.length + others.length + problems.length + due.length > 0,
        );
}

function platformsOf(revision: Revision, folder: string): string[] {
    return revision
        .list(folder)
        .filter((file) => file.endsWith("/matrix.md"))
        .map((file) => file.slice(0, -"/matrix.md".length));
}

function diffPlatform(before: Revision, after: Revision, folder: string, on: Date): PlatformChange {
    const old = matrixAt(before, folder);
    const recent = matrixAt(after, folder);
    const problems = [
        ...old.problems.map((diagnostic) => ({ revision: before.name, diagnostic })),
        ...recent.problems.map((diagnostic) => ({ revision: after.name, diagnostic })),
    ];
    const state = !old.present ? "added" : !recent.present ? "removed" : "kept";
    // A state that can't be read is compared with nothing: it would seem that all its flows were closed.
    const comparable = problems.length === 0;
    return {
        folder,
        state,
        connections: comparable ? diffConnections(old.matrix, recent.matrix) : [],
        others: comparable && old.matrix && recent.matrix ? otherChanges(old.matrix, recent.matrix) : [],
        problems,
        due: recent.matrix === undefined ? [] : dueRows(after, folder, on),
    };
}

interface Loaded {
    readonly present: boolean;
    readonly matrix?: Matrix;
    readonly problems: readonly Diagnostic[];
}

/** The matrix of a platform's folder at a revision; expiry is judged where a day is given. */
function matrixAt(revision: Revision, folder: string, on?: Date): Loaded {
    const problems: Diagnostic[] = [];
    const attempt = <T>(name: string, read: (text: string, file: string) => T): T | undefined => {
        const file = `${folder}/${name}`;
        const text = revision.read(file);
        try {
            return text === undefined ? undefined : read(text, file);
        } catch (error) {
            if (!(error instanceof MatrixError)) {
                throw error;
            }
            problems.push(...error.diagnostics);
            return undefined;
        }
    };
    const documents = [
        attempt("matrix.md", (text, file) => readDocument(text, file)),
        attempt("annex.md", (text, file) => readDocument(text, file, { document: "annex" })),
    ].filter((document): document is Document => document !== undefined);
    const inventory = attempt<Inventory>("inventory.yaml", readInventory);
    const present = revision.read(`${folder}/matrix.md`) !== undefined;
    if (!present || problems.length > 0) {
        return { present, problems };
    }
    try {
        return { present, matrix: resolve(documents, inventory, on ? { on } : {}), problems };
    } catch (error) {
        if (!(error instanceof MatrixError)) {
            throw error;
        }
        return { present, problems: error.diagnostics };
    }
}

const lifeCodes = ["expired", "expires-soon", "review-due"];

function dueRows(revision: Revision, folder: string, on: Date): Diagnostic[] {
    const { matrix, problems } = matrixAt(revision, folder, on);
    return [...problems, ...(matrix?.warnings ?? [])].filter(({ code }) => lifeCodes.includes(code));
}

/** From one role to another, with the flows that stand between them. */
interface Pair {
    readonly from: Role;
    readonly to: Role;
    readonly flows: ResolvedFlow[];
}

function pairsOf(matrix: Matrix | undefined): Map<string, Pair> {
    const pairs = new Map<string, Pair>();
    for (const flow of matrix?.flows ?? []) {
        const key = `${flow.from.slug}>${flow.to.slug}`;
        const pair = pairs.get(key) ?? { from: flow.from, to: flow.to, flows: [] };
        pair.flows.push(flow);
        pairs.set(key, pair);
    }
    return pairs;
}

const portsOf = (pair: Pair | undefined): PortSet =>
    unitePorts(NO_PORTS, ...(pair?.flows ?? []).map((flow) => portSet(flow.transport, flow.ports)));

function diffConnections(before: Matrix | undefined, after: Matrix | undefined): ConnectionChange[] {
    const [old, recent] = [pairsOf(before), pairsOf(after)];
    const rows = { before: rowIds(before), after: rowIds(after) };
    return [...new Set([...old.keys(), ...recent.keys()])]
        .flatMap((key) => connectionChange(old.get(key), recent.get(key), rows))
        .sort(byUrgency);
}

const rowIds = (matrix: Matrix | undefined) => new Set((matrix?.flows ?? []).map(({ row }) => row));

function connectionChange(
    old: Pair | undefined,
    recent: Pair | undefined,
    rows: { before: ReadonlySet<string>; after: ReadonlySet<string> },
): ConnectionChange[] {
    const [had, has] = [portsOf(old), portsOf(recent)];
    const [opens, closes] = [subtractPorts(has, had), subtractPorts(had, has)];
    if (noPorts(opens) && noPorts(closes)) {
        return [];
    }
    const kind = !old
        ? "opened"
        : !recent
          ? "closed"
          : noPorts(closes)
            ? "widened"
            : noPorts(opens)
              ? "narrowed"
              : "moved";
    const { from, to, flows } = (noPorts(opens) ? old : recent) ?? (recent as Pair);
    const touched = flows.filter((flow) =>
        [opens, closes].some((ports) => !noPorts(intersectPorts(portSet(flow.transport, flow.ports), ports))),
    );
    const others = noPorts(opens) ? rows.after : rows.before;
    const member = touched.find((flow) => flow.id !== flow.row && others.has(flow.row));
    return [
        {
            kind,
            source: from.name,
            destination: to.name,
            opens: formatPorts(opens),
            closes: formatPorts(closes),
            exposure: exposureOf(from, to),
            ...(member === undefined
                ? {}
                : { group: member.destination === to.name ? member.source : member.destination }),
            why: [...new Set(touched.map(({ description }) => description))].join("; "),
            rows: [...new Set(touched.map(({ place }) => `${place.file}:${place.line}`))],
        },
    ];
}

function exposureOf(from: Role, to: Role): ConnectionChange["exposure"] {
    switch (from.kind) {
        case "internet":
        case "external":
            return "from the internet";
        case "people":
            return "from people outside";
        case "loadBalancer":
            return "from a load balancer";
        case "nodes":
            return "from nodes";
        default:
            return to.isOutside ? "to the outside" : "inside";
    }
}

const kinds: readonly ConnectionKind[] = ["opened", "widened", "moved", "narrowed", "closed"];

/** Who is at the other side, the most exposed first. */
const exposures = [
    "from the internet",
    "from people outside",
    "from a load balancer",
    "from nodes",
    "to the outside",
    "inside",
] as const;

/** Whether it lets something connect that could not. */
export const isOpening = ({ kind }: Pick<ConnectionChange, "kind">) => kinds.indexOf(kind) < 3;

/** Openings from the outside first; then by role. */
function byUrgency(a: ConnectionChange, b: ConnectionChange): number {
    const rank = (change: ConnectionChange) =>
        isOpening(change) ? exposures.indexOf(change.exposure) : exposures.length + kinds.indexOf(change.kind);
    const text = ({ destination, source }: ConnectionChange) => `${destination}\n${source}`;
    return rank(a) - rank(b) || kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || (text(a) < text(b) ? -1 : 1);
}

function otherChanges(before: Matrix, after: Matrix): OtherChange[] {
    return [
        // A row of a group is said of each of its members.
        ...new Map(
            diffMatrices(before, after)
                .flatMap(retold)
                .map((one) => [JSON.stringify(one), one]),
        ).values(),
        ...refusalChanges(before, after),
        ...roleChanges(before.inventory.roles, after.inventory.roles),
        ...settingChanges(before.inventory, after.inventory),
    ];
}

/** Rows about which something else is said than before: their reason, their owner, their last day. */
function retold(change: FlowChange): OtherChange[] {
    if (change.kind !== "changed") {
        return [];
    }
    const { before, after } = change;
    const value = (flow: ResolvedFlow, field: string) =>
        field.startsWith("life.")
            ? flow.life[field.slice("life.".length) as keyof ResolvedFlow["life"]]
            : (flow[field as "application" | "description" | "serves"] as string | undefined);
    const said = change.fields.filter((field) => !["source", "destination", "transport", "ports"].includes(field));
    const texts = said.map(
        (field) =>
            `${field.replace("life.", "")}: ${value(before, field) ?? "nothing"} → ${value(after, field) ?? "nothing"}`,
    );
    return texts.length === 0
        ? []
        : [{ what: `${after.source} → ${after.destination} is described differently`, details: texts.join("; ") }];
}

function refusalChanges(before: Matrix, after: Matrix): OtherChange[] {
    const [old, recent] = [before, after].map(({ refused }) => new Map(refused.map((flow) => [flow.id, flow])));
    const text = ({ from, to, ports, transport }: ResolvedFlow) =>
        `${from.name} → ${to.name} ${formatPorts(portSet(transport, ports))}`;
    const only = (these: typeof old, those: typeof old) => [...these.values()].filter(({ id }) => !those.has(id));
    return [
        ...only(old, recent).map((flow) => ({ what: "No longer refused by a row", details: text(flow) })),
        ...only(recent, old).map((flow) => ({ what: "Refused by a row from now on", details: text(flow) })),
    ];
}

function roleChanges(before: readonly RoleEntry[], after: readonly RoleEntry[]): OtherChange[] {
    const [old, recent] = [before, after].map((roles) => new Map(roles.map((role) => [role.name, role])));
    return [...new Set([...old.keys(), ...recent.keys()])].sort().flatMap((name) => {
        const [one, other] = [old.get(name), recent.get(name)];
        if (!one || !other) {
            const role = (other ?? one)!;
            const where = role.workload ? `, ${role.workload.namespace}/${role.workload.name}` : "";
            return [{ what: `Role ${name} ${other ? "is new" : "is gone"}`, details: `${role.kind}${where}` }];
        }
        const details = fieldsThatDiffer(one, other, ["place", "excerpt", "name"]);
        return details === "" ? [] : [{ what: `Role ${name} means something else`, details }];
    });
}

function settingChanges(before: Inventory, after: Inventory): OtherChange[] {
    const plain = ({ crossings, ...rest }: Inventory) => ({
        ...rest,
        crossings: crossings.map(({ from, to }) => `${from} → ${to}`),
    });
    const details = fieldsThatDiffer(plain(before), plain(after), ["file", "roles", "decisions"]);
    const decided = after.decisions.filter(
        ({ row, decision }) => !before.decisions.some((one) => one.row === row && one.decision === decision),
    );
    return [
        ...(details === "" ? [] : [{ what: "The inventory's rules", details }]),
        ...decided.map(({ row, decision }) => ({ what: `Decided anew: ${row}`, details: decision })),
    ];
}

function fieldsThatDiffer(before: object, after: object, without: readonly string[]): string {
    const text = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value));
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
        .filter((field) => !without.includes(field))
        .map((field) => [field, ...[before, after].map((one) => text((one as Record<string, unknown>)[field]))])
        .filter(([, old, recent]) => old !== recent)
        .map(([field, old, recent]) => `${field}: ${old} → ${recent}`)
        .join("; ");
}
