import { basename } from "node:path";
import type { ResolvedFlow, Role, Transport } from "../../matrix";
import {
    formatAddress,
    formatPorts,
    hasPort,
    NO_PORTS,
    peerOf,
    portSet,
    toCidrs,
    unitePorts,
    type Direction,
    type NetworkSettings,
    type PodClass,
} from "../../network";
import type { Opening } from "./openings";
import type { Piece, RenderedPlatform } from "./platform";
import { rightsOf } from "./rights";

/** How far a row is proved: each grade has those before it. Nothing here is ever probed with packets. */
export type Grade = "declared" | "computed";

/** What an object does for a row. */
export interface Realisation {
    readonly what:
        "from" | "to" | "Service" | "lets out" | "lets in" | "route" | "target" | "right" | "certificate" | "held by";
    readonly object: string;
    readonly details: string;
}

/** A row of a document, and what realises it. */
export interface RowReport {
    readonly flows: readonly ResolvedFlow[];
    readonly ports: string;
    readonly realisations: readonly Realisation[];
    /** Why the row is no more than declared; empty where it is computed. */
    readonly missing: readonly string[];
    readonly grade: Grade;
    /** In what the policies let more through than the row says, because they cannot say less. */
    readonly wider: readonly string[];
    readonly decisions: readonly string[];
}

/** Every row of matrix and annex, in the order of the documents. Throws SettingsError for an end without addresses. */
export function reportRows(platform: RenderedPlatform, settings: NetworkSettings): RowReport[] {
    const rows = new Map<string, ResolvedFlow[]>();
    for (const flow of platform.matrix.flows) {
        const key = `${flow.place.file}:${flow.place.line}`;
        rows.set(key, [...(rows.get(key) ?? []), flow]);
    }
    return [...rows.values()].map((flows) => {
        const judged = flows.map((flow) => new FlowJudge(platform, settings, flow).judge());
        const missing = [...new Set(judged.flatMap((one) => one.missing))];
        return {
            flows,
            ports: formatPorts(unitePorts(NO_PORTS, ...flows.map((flow) => portSet(flow.transport, flow.ports)))),
            realisations: distinct(judged.flatMap((one) => one.realisations)),
            missing,
            grade: missing.length === 0 ? "computed" : "declared",
            wider: [...new Set(flows.flatMap((flow) => widerThan(flow, settings)))],
            decisions: platform.matrix.inventory.decisions
                .filter(({ row }) => flows.some((flow) => concerns(row, flow)))
                .map(({ decision }) => decision.trim()),
        };
    });
}

/** "Client, Chauffeur → Proxy" concerns each pair of its ends. */
function concerns(row: string, { source, destination }: ResolvedFlow): boolean {
    const [sources, destinations] = row.split("→").map((names) => names.split(",").map((name) => name.trim()));
    return sources.includes(source) && destinations?.includes(destination) === true;
}

/** Policies know addresses: neither names, nor who stands behind a load balancer. */
function widerThan({ from, to }: ResolvedFlow, settings: NetworkSettings): string[] {
    const byName = to.kind === "external" && to.cidrs === undefined && settings.cni !== "cilium";
    const behind = from.isOutside && to.kind === "workload" && settings.edge === "proxyProtocol";
    return [
        ...(byName && from.kind === "workload" ? [`any address of the internet stands for ${to.name}`] : []),
        ...(behind ? [`the load balancer's addresses stand for ${from.name}`] : []),
    ];
}

function distinct(realisations: readonly Realisation[]): Realisation[] {
    return [...new Map(realisations.map((one) => [`${one.what} ${one.object} ${one.details}`, one])).values()];
}

/** Collects what realises one flow, and what is not there for it. */
class FlowJudge {
    private readonly realisations: Realisation[] = [];
    private readonly missing: string[] = [];

    constructor(
        private readonly platform: RenderedPlatform,
        private readonly settings: NetworkSettings,
        private readonly flow: ResolvedFlow,
    ) {}

    judge(): { realisations: readonly Realisation[]; missing: readonly string[] } {
        const { from, to } = this.flow;
        this.ends();
        this.services();
        this.told();
        this.rights();
        this.certificates();
        if (![from, to].some(({ kind }) => kind === "workload")) {
            this.missing.push(`no pod of the platform stands at either end, so no policy holds it${this.machines()}`);
            this.restrictions();
        } else {
            this.policies();
        }
        return { realisations: this.realisations, missing: this.missing };
    }

    private name(what: Realisation["what"], piece: Piece, details: string, opening?: Opening): void {
        this.realisations.push({ what, object: piece.name, details });
        if (opening !== undefined) {
            this.platform.use(piece, opening);
        }
    }

    private opens(transport: Transport, port: number): boolean {
        return this.flow.transport === transport && this.flow.ports.some(({ from, to }) => from <= port && port <= to);
    }

    /** The workloads of both ends, the destination's with the containers that listen. */
    private ends(): void {
        const { from, to, ports, transport } = this.flow;
        for (const role of new Set([from, to])) {
            if (role.kind === "workload" && this.platform.workloadsOf(role).length === 0) {
                this.missing.push(`no workload of ${role.name} is among the rendered objects`);
            }
        }
        for (const piece of this.platform.workloadsOf(from)) {
            this.name("from", piece, "");
        }
        if (to.kind !== "workload") {
            return;
        }
        const listened = this.platform.workloadsOf(to).flatMap((piece) =>
            piece.openings.flatMap((opening) => {
                if (opening.kind !== "listener" || !this.opens(opening.transport, opening.port)) {
                    return [];
                }
                this.name("to", piece, opening.part, opening);
                return [portSet(transport, [{ from: opening.port, to: opening.port }])];
            }),
        );
        const listening = unitePorts(NO_PORTS, ...listened);
        // A range is a choice: one listener in it is enough.
        const unheard = ports.filter(({ from: first, to: last }) =>
            first === last ? !hasPort(listening, transport, first) : listened.length === 0,
        );
        if (unheard.length > 0 && this.platform.workloadsOf(to).length > 0) {
            this.missing.push(`nothing of ${to.name} listens on ${formatPorts(portSet(transport, unheard))}`);
        }
    }

    private services(): void {
        for (const piece of this.platform.of(this.flow.to, "Service")) {
            for (const opening of piece.openings) {
                if (opening.kind !== "service" || opening.transport !== this.flow.transport) {
                    continue;
                }
                const targets = typeof opening.target === "number" ? [opening.target] : this.namedPorts(opening.target);
                if (targets.some((port) => this.opens(opening.transport, port))) {
                    const { type = "ClusterIP", clusterIP } = piece.resource.object.spec;
                    this.name(
                        "Service",
                        piece,
                        `${opening.part} (${clusterIP === "None" ? "headless" : type})`,
                        opening,
                    );
                }
            }
        }
    }

    private namedPorts(name: string): number[] {
        return this.platform
            .classesOf(this.flow.to)
            .flatMap(({ pods }) => pods.flatMap(({ ports }) => ports.filter((port) => port.name === name)))
            .map(({ number }) => number);
    }

    /** Routes of a proxy and targets of Prometheus that lead to the destination. */
    private told(): void {
        for (const piece of this.platform.of(this.flow.from, "ConfigMap")) {
            for (const opening of piece.openings) {
                if (
                    (opening.kind === "route" || opening.kind === "target") &&
                    this.opens("TCP", opening.port) &&
                    this.platform.roleOfHost(opening.host) === this.flow.to
                ) {
                    this.name(opening.kind, piece, opening.part, opening);
                }
            }
        }
    }

    /** What the control plane lets the source do, and the webhooks by which it calls the destination. */
    private rights(): void {
        const { from, to } = this.flow;
        if (to.kind === "controlPlane") {
            for (const { piece, opening, details } of rightsOf(this.platform, from)) {
                this.name("right", piece, details, opening);
            }
        }
        if (from.kind === "controlPlane") {
            for (const piece of this.platform.pieces) {
                for (const opening of piece.openings) {
                    if (opening.kind === "webhook" && this.platform.roleOfService(opening.service) === to) {
                        this.name("target", piece, opening.part, opening);
                    }
                }
            }
        }
    }

    /** What is ordered from a certificate authority. */
    private certificates(): void {
        const issuers = this.platform.pieces.filter(({ resource: { object } }) => {
            const server = /Issuer$/.test(object?.kind ?? "")
                ? (object.spec?.acme?.server as string | undefined)
                : undefined;
            return server !== undefined && this.flow.to.hosts.includes(new URL(server).hostname);
        });
        for (const issuer of issuers) {
            this.name("certificate", issuer, issuer.resource.object.spec.acme.server);
            for (const piece of this.platform.pieces) {
                const { kind, spec } = piece.resource.object ?? {};
                if (kind === "Certificate" && spec.issuerRef.name === issuer.resource.object.metadata.name) {
                    this.name("certificate", piece, (spec.dnsNames ?? []).join(", "));
                }
            }
        }
    }

    private restrictions(): void {
        for (const piece of this.platform.pieces) {
            for (const opening of piece.openings.filter(({ kind }) => kind === "restriction")) {
                if (this.flow.to.kind === "controlPlane") {
                    this.name("held by", piece, opening.part, opening);
                }
            }
        }
    }

    /** The rules of the machines at an end, which this page names and does not judge; what to say of them. */
    private machines(): string {
        const { from, to, place } = this.flow;
        if (![from, to].some(({ kind }) => kind === "nodes")) return "";
        const row = `${from.name} → ${to.name} (${basename(place.file)}:${place.line})`;
        let held = false;
        for (const piece of this.platform.pieces) {
            for (const opening of piece.openings) {
                if (opening.kind !== "node rule" || opening.part !== row) continue;
                this.name("held by", piece, opening.rules.join("; "), opening);
                held = true;
            }
        }
        return held
            ? ": the nftables rules of the nodes that the stack lists do"
            : ": the nftables rules of nodes would (docs/nodes.md), and the stack lists none";
    }

    /** The rules of both ends' policies that let the flow through, by reach; every port and address block has to pass. */
    private policies(): void {
        const { from, to } = this.flow;
        const sources = this.endsOf(from, "ingress");
        const destinations = this.endsOf(to, "egress");
        for (const port of this.judgedPorts()) {
            for (const source of sources) {
                for (const destination of destinations) {
                    this.decide(source, destination, port);
                }
            }
        }
    }

    /** Each end's first and last port of a range: a rule has one range, so what it lets through at both it lets through. */
    private judgedPorts(): number[] {
        const { to, ports } = this.flow;
        const translated = to.kind === "controlPlane" ? this.settings.controlPlane.port : undefined;
        return translated === undefined ? [...new Set(ports.flatMap((range) => [range.from, range.to]))] : [translated];
    }

    private endsOf(role: Role, direction: Direction): (PodClass | string)[] {
        if (role.workload !== undefined) {
            return this.platform.classesOf(role);
        }
        const peer = peerOf(role, direction, this.settings);
        return "addresses" in peer ? peer.addresses.map(([first]) => formatAddress(first)) : [];
    }

    private decide(source: PodClass | string, destination: PodClass | string, port: number): void {
        const { from, to, transport } = this.flow;
        for (const decision of this.platform.reach.decide(source, destination, transport, port)) {
            const [own, other] = decision.direction === "egress" ? [from, to] : [to, from];
            // What pods that the platform does not own admit is not its documents' matter.
            if (own.kind !== "workload") {
                continue;
            }
            if (decision.allowedBy.length === 0) {
                const way = decision.direction === "egress" ? "out" : "in";
                this.missing.push(`no policy of ${own.name} lets ${port}/${transport} ${way}`);
            }
            for (const { policy, index } of decision.allowedBy) {
                const name = `${policy.kind} ${policy.metadata.namespace}/${policy.metadata.name}`;
                const piece = this.platform.pieces.find((one) => one.name === name)!;
                const part = `${decision.direction}[${index}]`;
                const opening = piece.openings.find((one) => one.part === part)!;
                this.name(
                    decision.direction === "egress" ? "lets out" : "lets in",
                    piece,
                    `${part}${this.blocks(other, decision.direction)}`,
                    opening,
                );
            }
        }
    }

    /** The addresses of an end outside, few or in a word. */
    private blocks(role: Role, direction: Direction): string {
        if (role.workload !== undefined) {
            return "";
        }
        const peer = peerOf(role, direction, this.settings);
        const cidrs = "addresses" in peer ? toCidrs(peer.addresses) : [];
        return cidrs.length > 8 ? ": the internet less private ranges" : `: ${cidrs.join(", ")}`;
    }
}
