import { diffMatrices, printRange, type FlowChange, type Matrix, type ResolvedFlow } from "../matrix";
import { findSources, loadSources, type Sources } from "./documents";
import { colours, count, type ExitCode, type Terminal } from "./terminal";

export interface DiffOptions {
    inventory?: string;
    exitCode?: boolean;
    format: "text" | "json";
}

const signs = { opened: ["+", "32"], closed: ["-", "31"], changed: ["~", "33"] } as const;

/** `matrice diff`: the flows that a new state of a matrix opens, closes or changes; openings to the outside first. */
export function diff(before: string, after: string, options: DiffOptions, terminal: Terminal): ExitCode {
    const [old, recent] = [before, after].map((file) => findSources([file], options));
    const on = new Date();
    const changes = [...diffMatrices(loadSources(completed(old, recent), on), loadOf(recent, old, on))].sort(
        (a, b) => urgency(a) - urgency(b),
    );
    if (options.format === "json") {
        const list = changes.map((change) => ({
            kind: change.kind,
            id: change.id,
            ...("before" in change ? { before: asJson(change.before) } : {}),
            ...("after" in change ? { after: asJson(change.after) } : {}),
            ...(change.kind === "changed" ? { fields: change.fields, effective: change.effective } : {}),
        }));
        terminal.out(`${JSON.stringify(list, undefined, 2)}\n`);
    } else {
        const colour = colours(terminal.outIsTerminal, terminal.environment);
        for (const change of changes) {
            const [sign, code] = signs[change.kind];
            const line = `${sign} ${change.kind.padEnd(7)}  ${describe(change)}`;
            terminal.out(`${colour ? `\u001b[${code}m${line}\u001b[0m` : line}\n`);
        }
        const number = (kind: FlowChange["kind"]) => changes.filter((change) => change.kind === kind).length;
        terminal.out(
            changes.length === 0
                ? "No flow differs.\n"
                : `${count(number("opened"), "flow")} opened, ${number("closed")} closed, ${number("changed")} changed\n`,
        );
    }
    return options.exitCode === true && changes.length > 0 ? 1 : 0;
}

/** A revision fetched into a lone file has no inventory beside it: the other state's then holds for both. */
function completed(sources: Sources, other: Sources): Sources {
    return sources.inventory === undefined
        ? { ...sources, annex: sources.annex ?? other.annex, inventory: other.inventory }
        : sources;
}

function loadOf(sources: Sources, other: Sources, on: Date): Matrix {
    return loadSources(completed(sources, other), on);
}

/** Openings first, those that touch the outside of the cluster before the others. */
function urgency(change: FlowChange): number {
    if (change.kind === "closed") {
        return 4;
    }
    const inside = [change.after.from, change.after.to].every(({ isOutside }) => !isOutside);
    return (change.kind === "opened" ? 0 : change.effective ? 1 : 2) + (inside ? 0.5 : 0);
}

function describe(change: FlowChange): string {
    switch (change.kind) {
        case "opened":
            return `${flowText(change.after)}  ${placeText(change.after)}  ${change.after.description}`.trimEnd();
        case "closed":
            return `${flowText(change.before)}  ${placeText(change.before)}`;
        case "changed": {
            const now = change.effective ? ` → ${flowText(change.after)}` : "";
            return `${flowText(change.before)}${now}  ${placeText(change.after)}  (${change.fields.join(", ")})`;
        }
    }
}

function flowText({ from, to, ports, transport }: ResolvedFlow): string {
    return `${from.name} → ${to.name} ${ports.map(printRange).join(",")}/${transport}`;
}

function placeText({ place }: ResolvedFlow): string {
    return `${place.file}:${place.line}`;
}

function asJson({ from, to, transport, ports, description, place }: ResolvedFlow) {
    return {
        source: from.name,
        destination: to.name,
        transport,
        ports,
        description,
        file: place.file,
        line: place.line,
    };
}
