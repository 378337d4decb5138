import { printRange, type Matrix, type ResolvedFlow, type Role } from "../../matrix";

/** A role as a drawing shows it. */
export interface GraphRole {
    readonly name: string;
    readonly kind: Role["kind"];
    readonly zone?: string;
    /** Of a group: the roles that its rows stand for. */
    readonly members?: readonly string[];
}

/** A row of a document: who may open which ports at whom. */
export interface GraphEdge {
    readonly from: string;
    readonly to: string;
    /** "80, 443/TCP"; the name where a named set of ports stands. */
    readonly ports: string;
    readonly description: string;
    readonly document: "matrix" | "annex";
    readonly verdict: "allow" | "refuse";
    readonly file: string;
    readonly line: number;
}

/** What a matrix is drawn from: roles in the order of the documents, zones by trust, one edge a row. */
export interface Graph {
    readonly platform: string;
    /** Those that a role stands in, least trusted first. */
    readonly zones: readonly string[];
    readonly roles: readonly GraphRole[];
    readonly edges: readonly GraphEdge[];
}

/** The drawing of a matrix: its rows, and with `annex` those of the annex. */
export function graphOf(matrix: Matrix, { annex = false }: { annex?: boolean } = {}): Graph {
    const drawn = [...matrix.flows, ...matrix.unfilled, ...matrix.refused].filter(
        ({ document }) => annex || document === "matrix",
    );
    const rows = new Map<string, ResolvedFlow[]>();
    for (const flow of drawn) {
        const key = JSON.stringify([flow.place.file, flow.place.line, flow.source, flow.destination]);
        rows.set(key, [...(rows.get(key) ?? []), flow]);
    }
    const inOrder = [...rows.values()].sort(byDocument(matrix));
    const roles = new Map<Role, Set<string>>();
    const end = (name: string, members: readonly Role[]): string => {
        const role = matrix.role(name);
        const known = roles.get(role) ?? new Set();
        roles.set(role, known);
        if (role.kind === "group") for (const member of members) known.add(member.name);
        return role.name;
    };
    const edges = inOrder.map((flows): GraphEdge => {
        const [{ source, destination, description, document, verdict, place }] = flows;
        return {
            from: end(
                source,
                flows.map(({ from }) => from),
            ),
            to: end(
                destination,
                flows.map(({ to }) => to),
            ),
            ports: portText(flows),
            description,
            document,
            verdict,
            file: place.file,
            line: place.line,
        };
    });
    const zones = [...roles.keys()].filter(({ zone }) => zone !== undefined).sort((a, b) => a.rank! - b.rank!);
    return {
        platform: matrix.platform,
        zones: [...new Set(zones.map(({ zone }) => zone!))],
        roles: [...roles].map(([{ name, kind, zone }, members]) => ({
            name,
            kind,
            ...(zone !== undefined && { zone }),
            ...(members.size > 0 && { members: [...members] }),
        })),
        edges,
    };
}

/** As the documents stand: the matrix before the annex, line by line. */
function byDocument(matrix: Matrix): ([a]: ResolvedFlow[], [b]: ResolvedFlow[]) => number {
    const files = [...new Set(matrix.flows.map(({ place }) => place.file))];
    const rank = ({ document }: ResolvedFlow) => (document === "matrix" ? 0 : 1);
    const file = ({ place }: ResolvedFlow) => files.indexOf(place.file);
    return ([a], [b]) => rank(a) - rank(b) || file(a) - file(b) || a.place.line - b.place.line;
}

/** The ports of a row, each transport's together. */
function portText(flows: readonly ResolvedFlow[]): string {
    const texts = flows.map(({ portSet, ports, transport }) => ({
        ports: portSet ?? ports.map(printRange).join(", "),
        transport,
    }));
    const transports = new Map<string, string[]>();
    for (const { ports, transport } of texts) {
        const known = transports.get(ports) ?? [];
        if (!known.includes(transport)) transports.set(ports, [...known, transport]);
    }
    return [...transports].map(([ports, list]) => `${ports}/${list.join("-")}`).join(", ");
}
