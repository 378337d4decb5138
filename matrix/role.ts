import { type RoleEntry, type RoleKind } from "./inventory";
import { type ResolvedFlow } from "./matrix";
import { slug } from "./names";
import { type PortRange, type Transport, printRange } from "./ports";
import { applicationsByRange } from "./protocol";

/** Thrown when a port is asked that no row gives; the message names the row to add. */
export class MissingRow extends Error {
    constructor(message: string) {
        super(message);
        this.name = "MissingRow";
    }
}

/** What a role listens on, as the rows towards it say. */
export interface Listener {
    readonly transport: Transport;
    readonly from: number;
    readonly to: number;
    readonly purposes: readonly string[];
    readonly flows: readonly ResolvedFlow[];
}

/** The label that connects a pod: policies and Services select it, so a pod without it is isolated. */
export const connectedLabel = "matrice.dev/connected";
/** The label that says which role a pod has (Kubernetes, Recommended Labels). */
export const nameLabel = "app.kubernetes.io/name";

/** A named end of flows. */
export class Role {
    readonly name: string;
    readonly slug: string;
    /** The platform whose documents name it. */
    readonly platform: string;
    readonly kind: RoleKind;
    readonly zone?: string;
    /** Place of its zone by trust, 0 the least; undefined when it has none. */
    readonly rank?: number;
    readonly workload?: { readonly namespace: string; readonly name: string };
    /** Selects its pods; empty for roles that have none. */
    readonly podLabels: Readonly<Record<string, string>>;
    readonly hosts: readonly string[];
    readonly cidrs?: string;
    readonly optional: boolean;
    /** The inventory's entry, for what only some readers need. */
    readonly entry: RoleEntry;
    private incoming: readonly ResolvedFlow[] = [];
    private known?: readonly Listener[];

    constructor(entry: RoleEntry, zones: readonly string[], platform: string) {
        this.entry = entry;
        this.platform = platform;
        this.name = entry.name;
        this.slug = slug(entry.name);
        this.kind = entry.kind;
        this.zone = entry.zone;
        this.rank = entry.zone === undefined ? undefined : zones.indexOf(entry.zone);
        this.workload = entry.workload;
        this.podLabels = podLabels(entry);
        this.hosts = entry.hosts;
        this.cidrs = entry.cidrs;
        this.optional = entry.optional;
    }

    /** Whether the platform runs its pods: a policy is generated for it. */
    get isWorkload(): boolean {
        return this.kind === "workload";
    }

    /** Whether it stands outside the cluster: people, other parties, the internet, what balances the load before the edge. */
    get isOutside(): boolean {
        return ["people", "external", "internet", "loadBalancer"].includes(this.kind);
    }

    /** Whether a pod with these labels, in this role's namespace, is one of this role's. */
    selects(labels: Readonly<Record<string, string>>): boolean {
        if (!this.workload) return false;
        if (this.kind === "workload" && labels[nameLabel] === this.workload.name) return true;
        const wanted = Object.entries(this.podLabels).filter(([key]) => key !== connectedLabel);
        return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
    }

    /**
     * The port of a purpose: that of the first row that gives it, so that a further row opens a port without moving the
     * listener. Without `ports` in the inventory a purpose is an application (`http`). Throws MissingRow, naming the row
     * to add, and an Error when that row has several ports.
     */
    port(purpose: string): number {
        const found = this.portsOf(purpose);
        if (found.length === 0) throw new MissingRow(this.missing(purpose));
        const { range, flow } = found[0];
        const beside = found.filter((other) => other.flow === flow);
        if (beside.length > 1 || range.from !== range.to) {
            const ports = beside.map((other) => printRange(other.range)).join(", ");
            throw new Error(
                `The port "${purpose}" of ${this.name} is one of ${ports} (${flow.place.file}:${flow.place.line}): ` +
                    `say which in the inventory, with "as APPLICATION".`,
            );
        }
        return range.from;
    }

    /** Purposes that the inventory names for this role's ports. */
    purposes(): string[] {
        return Object.keys(this.entry.ports);
    }

    /** Every listener of the role, by transport and port: what rules compare ports with. */
    listeners(): readonly Listener[] {
        this.known ??= this.findListeners();
        return this.known;
    }

    private findListeners(): Listener[] {
        const listeners = new Map<string, { range: PortRange; transport: Transport; flows: ResolvedFlow[] }>();
        for (const flow of this.incoming) {
            for (const range of flow.ports) {
                const key = `${flow.transport}/${printRange(range)}`;
                const listener = listeners.get(key);
                if (!listener) listeners.set(key, { range, transport: flow.transport, flows: [flow] });
                else if (!listener.flows.includes(flow)) listener.flows.push(flow);
            }
        }
        const purposes = this.purposes().map((purpose) => ({ purpose, found: this.portsOf(purpose) }));
        return [...listeners.values()]
            .map(({ range, transport, flows }) => ({
                transport,
                from: range.from,
                to: range.to,
                purposes: purposes
                    .filter(({ found }) =>
                        found.some(
                            (one) =>
                                one.flow.transport === transport &&
                                one.range.from === range.from &&
                                one.range.to === range.to,
                        ),
                    )
                    .map(({ purpose }) => purpose),
                flows,
            }))
            .sort((a, b) => a.from - b.from || a.to - b.to || a.transport.localeCompare(b.transport));
    }

    /** @internal Given once by the Matrix: the allowed flows towards the role, in document order. */
    listen(incoming: readonly ResolvedFlow[]): void {
        this.incoming = incoming;
        this.known = undefined;
    }

    /** @internal Ranges that a purpose stands for, in document order; what a filled-in port set copies is left out. */
    portsOf(purpose: string): { range: PortRange; flow: ResolvedFlow }[] {
        const rules = this.entry.ports[purpose] ?? (this.purposes().length === 0 ? [{ as: purpose }] : []);
        const rows = this.incoming.filter((flow) => flow.portSet === undefined);
        return rules.flatMap((rule) => {
            const sources = rule.from && new Set(rule.from.map(slug));
            const found = rows
                .filter(
                    (flow) =>
                        !sources ||
                        flow.from.names().some((name) => sources.has(slug(name))) ||
                        sources.has(slug(flow.source)),
                )
                .flatMap((flow) => applicationsByRange(flow.ports, flow.application).map((one) => ({ ...one, flow })));
            const { as } = rule;
            if (as === undefined) return found;
            const named = found.filter(({ applications }) =>
                applications.some((name) => name.toLowerCase() === as.toLowerCase()),
            );
            const definite = named.filter((one) => one.definite);
            return definite.length > 0 ? definite : named;
        });
    }

    /** Its name and its other names. */
    names(): string[] {
        return [this.name, ...this.entry.also];
    }

    private missing(purpose: string): string {
        const rules = this.entry.ports[purpose];
        if (!rules && this.purposes().length > 0) {
            return `${this.name} has no port called "${purpose}" in the inventory (it has ${this.purposes().join(", ")}).`;
        }
        const source = rules?.[0]?.from?.[0] ?? "<source>";
        const protocol = rules?.[0]?.as ?? (rules ? "TCP" : purpose.toUpperCase());
        return (
            `No row gives the port "${purpose}" of ${this.name}.\n` +
            `  To open it, add to matrix.md:  | ${source} | ${this.name} | <port> | ${protocol} | <why> |`
        );
    }
}

function podLabels(entry: RoleEntry): Record<string, string> {
    if (!entry.workload) return {};
    if (entry.kind === "service") return { ...(entry.labels ?? { [nameLabel]: entry.workload.name }) };
    return { ...(entry.labels ?? { [nameLabel]: entry.workload.name }), [connectedLabel]: "true" };
}
