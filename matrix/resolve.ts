import { type Diagnostic, refuseErrors } from "./diagnostics";
import { findContradictions, findDuplicates } from "./duplicates";
import { checkExpiry } from "./expiry";
import { answerRules } from "./filtering-rules";
import { type Document, type Flow } from "./flow";
import { type Inventory } from "./inventory";
import { groupBy } from "./group-by";
import { doubtfulNames, impliedInventory } from "./implied-inventory";
import { Matrix, type ResolvedFlow } from "./matrix";
import { fold, slug } from "./names";
import { fillPortSets } from "./port-sets";
import { type Role } from "./role";
import { type FlowProblem, at } from "./row-diagnostic";
import { RoleIndex } from "./role-index";
import { checkServes } from "./serves";

/**
 * Gives every name of the documents its role, expands groups, fills in named sets of ports. Without an inventory every
 * name is a workload of namespace `default` labelled `app.kubernetes.io/name: <slug>`, and "Internet" the internet.
 * `on` is the day on which expiry is judged; without it, it is not. Throws MatrixError with every diagnostic.
 */
export function resolve(documents: readonly Document[], inventory?: Inventory, options: { on?: Date } = {}): Matrix {
    const rows = documents.flatMap((document) => document.flows);
    const diagnostics: Diagnostic[] = documents.flatMap((document) => document.warnings);
    const used = inventory ?? impliedInventory(rows, documents[0]?.file ?? "matrix.md");
    const index = new RoleIndex(used);
    const report = (flow: Flow, problem: FlowProblem) => diagnostics.push(at(flow, problem));

    if (!inventory) diagnostics.push(...doubtfulNames(rows));
    diagnostics.push(...findDuplicates(rows));
    const rules = documents.flatMap((document) => document.rules);
    diagnostics.push(
        ...checkServes(
            rows,
            index,
            rules.map(({ name }) => name),
        ),
    );
    const answered = answerRules(rules, rows, used, index);
    diagnostics.push(...answered.diagnostics);
    if (options.on) diagnostics.push(...checkExpiry(rows, options.on));

    const expanded: ResolvedFlow[] = [];
    const seen = new Set<string>();
    for (const flow of rows) {
        const source = index.find(flow, "source", report);
        const destination = index.find(flow, "destination", report);
        if (flow.portSet !== undefined && inventory && purposeOf(flow.portSet, inventory) === undefined) {
            const message = `the set of ports "${flow.portSet}" is not in the inventory`;
            const expected = "numbers, or the set under portSets with the purpose it stands for";
            report(flow, { code: "unknown-port-set", message, expected, cell: "port" });
        }
        if (!source || !destination) continue;
        // A row written twice is one flow; findDuplicates says so.
        const key = `${flow.verdict} ${flow.id}`;
        if (seen.has(key) && !flow.reference) continue;
        seen.add(key);
        expanded.push(...expand(flow, source, destination, index));
    }
    const { filled, unfilled } = fillPortSets(expanded, (set) => purposeOf(set, used));
    const allowed = filled.filter((flow) => flow.verdict === "allow");
    const refused = filled.filter((flow) => flow.verdict === "refuse");
    diagnostics.push(...findContradictions(allowed, refused));
    for (const flow of unfilled) {
        const message = `nothing says which port of ${flow.to.name} "${flow.portSet}" means: nothing is opened`;
        const expected = `an annex row ${flow.from.name} → ${flow.to.name} with the number, serving ${flow.source} → ${flow.destination}`;
        report(flow, { severity: "warning", code: "unfilled-port-set", message, expected, cell: "port" });
    }
    const warnings = refuseErrors(diagnostics);
    // How a destination is used depends on its listeners, so roles listen first, then again to the finished flows.
    listen(index.roles, allowed);
    const flows = allowed.map((flow) => ({ ...flow, ...useOf(flow), ...narrowingOf(flow, index) }));
    listen(index.roles, flows);
    return new Matrix({
        inventory: used,
        roles: index.roles,
        flows,
        refused,
        unfilled,
        questions: answered.questions,
        warnings,
    });
}

function listen(roles: readonly Role[], flows: readonly ResolvedFlow[]): void {
    const towards = groupBy(flows, (flow) => flow.to);
    for (const role of roles) role.listen(towards.get(role) ?? []);
}

/** A flow for each pair of ends: members in place of groups, the part in place of the whole that it carries flows for. */
function expand(flow: Flow, source: Role, destination: Role, index: RoleIndex): ResolvedFlow[] {
    const carrier = index.carrier(source, destination);
    const sources = source.kind === "group" ? index.members(source, destination) : [carrier ?? source];
    const destinations = destination.kind === "group" ? index.members(destination, carrier ?? source) : [destination];
    const pairs = sources.flatMap((from) => destinations.map((to) => ({ from, to })));
    return pairs
        .filter(({ from, to }) => pairs.length === 1 || from !== to)
        .map(({ from, to }) => {
            const member = [
                ...(source.kind === "group" ? [from.slug] : []),
                ...(destination.kind === "group" ? [to.slug] : []),
            ].join(">");
            return { ...flow, id: member === "" ? flow.id : `${flow.id}[${member}]`, row: flow.id, from, to };
        });
}

/** The purpose of a named set of ports, whatever its spelling. */
function purposeOf(set: string, inventory: Inventory): string | undefined {
    return Object.entries(inventory.portSets).find(([name]) => fold(name) === fold(set))?.[1];
}

/** Purposes of ports that show metrics: a program's own, and those of its volumes. */
const SCRAPED = ["metrics", "volumes"];

/** What the inventory says, else `scrape` for the ports that show the destination's metrics. */
function useOf(flow: ResolvedFlow): { use?: string } {
    const said = Object.entries(flow.from.entry.uses).find(([name]) =>
        flow.to.names().some((other) => slug(other) === slug(name)),
    );
    if (said) return { use: said[1] };
    const purposes = SCRAPED.filter((purpose) => flow.to.purposes().includes(purpose));
    const metrics = purposes.flatMap((purpose) => flow.to.portsOf(purpose));
    const scraped = flow.ports.some((range) =>
        metrics.some((one) => one.range.from === range.from && one.flow.from === flow.from),
    );
    return scraped ? { use: "scrape" } : {};
}

/** The other party that the inventory says the row means. */
function narrowingOf(flow: ResolvedFlow, index: RoleIndex): { narrowed?: Role } {
    const said = Object.entries(flow.from.entry.narrows).find(([name]) => index.get(name) === flow.to);
    return said ? { narrowed: index.get(said[1]) } : {};
}
