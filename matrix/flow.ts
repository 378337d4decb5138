import { type Diagnostic, type Place } from "./diagnostics";
import { type FilteringRule } from "./filtering-rules";
import { type ColumnKind } from "./headers";
import { type Life } from "./life";
import { slug } from "./names";
import { type PortRange, type Transport, printRange, sortRanges } from "./ports";

/** One authorised (or refused) source → destination on some ports: a row of a matrix, one a transport. */
export interface Flow {
    /** The row's reference, or `client>proxy:tcp/80,443`; order and wording of the document never change it. */
    id: string;
    /** The row's own reference (N°, Réf, ID). */
    reference?: string;
    /** Names as written, bold and links stripped. */
    source: string;
    destination: string;
    transport: Transport;
    /** As written, in order; empty when `portSet` is given. */
    ports: readonly PortRange[];
    /** A named set of ports: "Ports métriques". */
    portSet?: string;
    /** The Protocol cell as written, footnote marks stripped: "HTTP/HTTPS". */
    application: string;
    description: string;
    verdict: "allow" | "refuse";
    document: "matrix" | "annex";
    /** Annex only: the row or need it serves. */
    serves?: string;
    life: Life;
    /** Of the row: its first cell. */
    place: Place;
    /** Where each cell of the row stands, for messages about it. */
    cells: Partial<Record<ColumnKind, { column: number; length: number }>>;
    /** The source line. */
    excerpt: string;
    /** What stands in parentheses after a port, and the footnotes of the row. */
    notes: string[];
}

/** A document that could be read: its flows, and what deserves attention. */
export interface Document {
    file: string;
    flows: Flow[];
    /** Rules of a firewall in words, which are questions. */
    rules: FilteringRule[];
    warnings: Diagnostic[];
}

/** A flow's identity: its reference, or its ends, transport and ports in order. */
export function flowId(flow: {
    reference?: string;
    source: string;
    destination: string;
    transport: Transport;
    ports: readonly PortRange[];
    portSet?: string;
}): string {
    if (flow.reference) return flow.reference;
    const ports = flow.portSet === undefined ? sortRanges(flow.ports).map(printRange).join(",") : slug(flow.portSet);
    return `${slug(flow.source)}>${slug(flow.destination)}:${flow.transport.toLowerCase()}/${ports}`;
}
