import { type Diagnostic } from "./diagnostics";
import { type Question } from "./filtering-rules";
import { type Flow } from "./flow";
import { groupBy } from "./group-by";
import { type Inventory } from "./inventory";
import { didYouMean, slug } from "./names";
import { printRange } from "./ports";
import { MissingRow, Role } from "./role";

/** A flow between roles: a row with its groups expanded, one flow a member, and carried by the part that carries it. */
export interface ResolvedFlow extends Flow {
    readonly from: Role;
    readonly to: Role;
    /** The id of the row; a member's own id adds its slug: `tous-les-pods>cluster-dns:udp/53[api]`. */
    readonly row: string;
    /** How the source uses the destination: `scrape`, `remote-write`, or what the inventory says. */
    readonly use?: string;
    /** The other party that the row means, where the inventory says that it means less than it says. */
    readonly narrowed?: Role;
}

/** Thrown when a role is asked that the inventory does not name. */
export class UnknownRole extends Error {
    constructor(message: string) {
        super(message);
        this.name = "UnknownRole";
    }
}

/** What resolve() makes of the documents. */
export interface MatrixParts {
    inventory: Inventory;
    roles: readonly Role[];
    flows: readonly ResolvedFlow[];
    refused: readonly ResolvedFlow[];
    unfilled: readonly ResolvedFlow[];
    questions: readonly Question[];
    warnings: readonly Diagnostic[];
}

/** The documents of a platform as data: roles, and the flows between them. */
export class Matrix {
    readonly platform: string;
    readonly namespaces: readonly string[];
    readonly inventory: Inventory;
    /** Allowed flows, in document order. */
    readonly flows: readonly ResolvedFlow[];
    /** Flows that must not exist: rows whose verdict refuses. */
    readonly refused: readonly ResolvedFlow[];
    /** Flows whose named set of ports nothing fills in: they open nothing and are reported. */
    readonly unfilled: readonly ResolvedFlow[];
    /** Rules that the documents give in words, with their answers. */
    readonly questions: readonly Question[];
    readonly roles: readonly Role[];
    readonly warnings: readonly Diagnostic[];
    private readonly byName = new Map<string, Role>();
    private readonly outgoing: ReadonlyMap<Role, ResolvedFlow[]>;
    private readonly incoming: ReadonlyMap<Role, ResolvedFlow[]>;

    constructor(parts: MatrixParts) {
        this.platform = parts.inventory.platform;
        this.namespaces = parts.inventory.namespaces;
        this.inventory = parts.inventory;
        this.flows = parts.flows;
        this.refused = parts.refused;
        this.unfilled = parts.unfilled;
        this.questions = parts.questions;
        this.roles = parts.roles;
        this.warnings = parts.warnings;
        for (const role of parts.roles) for (const name of role.names()) this.byName.set(slug(name), role);
        this.outgoing = groupBy(parts.flows, (flow) => flow.from);
        this.incoming = groupBy(parts.flows, (flow) => flow.to);
    }

    /** The role of a name. Throws UnknownRole, with "did you mean". */
    role(name: string): Role {
        const role = this.byName.get(slug(name));
        if (role) return role;
        const names = this.roles.flatMap((one) => one.names());
        const hint = didYouMean(name, names) ?? `known roles: ${names.join(", ")}`;
        throw new UnknownRole(`No role is called "${name}": ${hint}.`.replace("?.", "?"));
    }

    /**
     * The port of the row from a source to a destination; the first row's, when several stand between them. Throws
     * MissingRow naming the row to add, and an Error when the row has several ports.
     */
    port(source: string, destination: string): number {
        const from = this.role(source);
        const to = this.role(destination);
        const isFrom = (role: Role) =>
            role === from || (role.entry.partOf !== undefined && this.role(role.entry.partOf) === from);
        const flow = this.flowsTo(to).find((one) => isFrom(one.from) && one.ports.length > 0);
        if (!flow) {
            throw new MissingRow(
                `No row opens ${from.name} → ${to.name}.\n` +
                    `  To open it, add to matrix.md:  | ${from.name} | ${to.name} | <port> | TCP | <why> |`,
            );
        }
        const [range] = flow.ports;
        if (flow.ports.length > 1 || range.from !== range.to) {
            const ports = flow.ports.map(printRange).join(", ");
            const { file, line } = flow.place;
            throw new Error(
                `${from.name} → ${to.name} has several ports (${ports}; ${file}:${line}): ask role.port(purpose).`,
            );
        }
        return range.from;
    }

    /** Allowed flows that leave a role. */
    flowsFrom(role: Role): ResolvedFlow[] {
        return this.outgoing.get(role) ?? [];
    }

    /** Allowed flows that reach a role. */
    flowsTo(role: Role): ResolvedFlow[] {
        return this.incoming.get(role) ?? [];
    }

    /** The role of a pod by its namespace and labels, connected or not; undefined outside the inventory. */
    roleOfPod(namespace: string, labels: Readonly<Record<string, string>>): Role | undefined {
        return this.roles.find((role) => role.workload?.namespace === namespace && role.selects(labels));
    }
}
