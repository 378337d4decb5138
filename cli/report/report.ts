import type { Matrix } from "../../matrix";
import { FLOWS_ANNOTATION, type NetworkSettings } from "../../network";
import {
    checkObject,
    checkStack,
    EXCEPTION,
    formatFinding,
    readExceptions,
    type Exception,
    type RuleContext,
} from "../../rules";
import type { Rendered } from "../golden";
import { nameOf } from "./openings";
import { RenderedPlatform } from "./platform";
import { reportRows, type RowReport } from "./rows";

/** What proves that rendered objects are what a platform's documents say. */
export interface Report {
    readonly matrix: Matrix;
    readonly rows: readonly RowReport[];
    /** Every object that opens something, with the rows that name it, as indexes into `rows`. */
    readonly openings: readonly { readonly object: string; readonly rows: readonly number[] }[];
    /** Numbers of objects that open nothing, by kind. */
    readonly closed: ReadonlyMap<string, number>;
    readonly exceptions: readonly { readonly object: string; readonly exception: Exception }[];
}

/** Thrown when objects and documents don't agree; the message has a line for each reason. */
export class ReportError extends Error {
    constructor(readonly reasons: readonly string[]) {
        super(reasons.join("\n"));
    }
}

/**
 * Gives every row of a platform's documents the rendered objects that realise it, and every object that opens something
 * the rows that need it. Throws ReportError where an object opens what no row names, names a flow that is none, or is
 * refused by the rules; GoldenError for a kind of object of which it is not known what it opens.
 */
export function reportOf(
    matrix: Matrix,
    resources: readonly Rendered[],
    network: NetworkSettings,
    platformFiles: RuleContext["platformFiles"],
): Report {
    const platform = new RenderedPlatform(matrix, resources);
    agree(unknownFlows(platform));
    const rows = reportRows(platform, network);
    agree(platform.unnamed().map((what) => `${what} is named by no row.`));
    agree(refused(platform, { matrix, network, platformFiles }));
    const opening = platform.pieces.filter(({ openings }) => openings.length > 0);
    const closed = new Map<string, number>();
    for (const { resource, openings } of platform.pieces) {
        if (openings.length === 0 && resource.type.startsWith("kubernetes:")) {
            closed.set(resource.object.kind, (closed.get(resource.object.kind) ?? 0) + 1);
        }
    }
    return {
        matrix,
        rows,
        openings: opening.map(({ name }) => ({
            object: name,
            rows: rows.flatMap(({ realisations }, index) =>
                realisations.some(({ object }) => object === name) ? [index] : [],
            ),
        })),
        closed: new Map([...closed].sort(([a], [b]) => (a < b ? -1 : 1))),
        exceptions: exceptions(platform),
    };
}

/** Each check says in its own words what the one before has said: the first that has reasons is enough. */
function agree(reasons: readonly string[]): void {
    if (reasons.length > 0) {
        throw new ReportError(reasons);
    }
}

/** Policies that say they realise a flow which the documents no longer have. */
function unknownFlows({ pieces, matrix }: RenderedPlatform): string[] {
    const known = new Set(matrix.flows.map(({ id }) => id));
    return pieces.flatMap(({ name, resource }) => {
        const text = resource.object?.metadata?.annotations?.[FLOWS_ANNOTATION] ?? "";
        return text
            .split("\n")
            .filter((id) => id !== "" && !known.has(id))
            .map((id) => `${name} names the flow ${id}, which no row has.`);
    });
}

function refused({ objects }: RenderedPlatform, context: RuleContext): string[] {
    return [...objects.flatMap((object) => checkObject(object, context)), ...checkStack([...objects], context)]
        .filter(({ level }) => level === "mandatory")
        .map(formatFinding);
}

function exceptions({ pieces }: RenderedPlatform): { object: string; exception: Exception }[] {
    return pieces.flatMap(({ resource }) => {
        const text = resource.object?.metadata?.annotations?.[EXCEPTION];
        return text === undefined
            ? []
            : readExceptions(text, new Date()).flatMap((one) => {
                  if (!("exception" in one)) {
                      return [];
                  }
                  return [{ object: nameOf(resource), exception: one.exception }];
              });
    });
}
