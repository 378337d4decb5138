import type { ComponentChange, ChangedResource, Preview } from "./preview";
import { code, details, fence, prose, table, visible } from "./markdown";
import { isOpening, type ConnectionChange, type PlatformChange } from "./matrix-change";
import { refusals, type Review } from "./review";

/** The first line of the comment: by it the same comment is found again and updated. */
export const MARKER = "<!-- matrice-review -->";

/** What a comment may hold, in characters: GitHub 65,536, GitLab 1,000,000. */
export const limits = { github: 65_536, gitlab: 1_000_000 } as const;

/** A part of the comment: its blocks in order, of which as many are shown as its share of the limit holds. */
interface Section {
    readonly title: string;
    readonly share: number;
    readonly blocks: readonly Block[];
}

/** Lines that stay together, or a list or table that may be cut after any of its rows. */
type Block = string | { readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** A review as one Markdown comment of at most `limit` characters. */
export function renderMarkdown(review: Review, limit: number): string {
    const head = [MARKER, "## What this change opens and closes", summary(review)].join("\n\n");
    const sections: Section[] = [
        { title: "Refused", share: 0.2, blocks: refusedBlocks(review) },
        ...review.platforms.map((platform) => ({
            title: `Matrix: ${prose(platform.folder)}`,
            share: 0.3 / review.platforms.length,
            blocks: platformBlocks(platform),
        })),
        { title: "What can connect, by the rendered objects", share: 0.12, blocks: reachBlocks(review) },
        { title: "Preview", share: 0.2, blocks: previewBlocks(review) },
        { title: "Advice", share: 0.08, blocks: adviceBlocks(review) },
        { title: "Exceptions in force", share: 0.08, blocks: exceptionBlocks(review) },
    ];
    const foot = prose(
        `Compared: ${review.base} with ${review.head}; expiry judged on ${review.on}. Made by \`matrice review\` ` +
            "from documents and rendered objects; evidence: declared and computed.",
    );
    const parts = [head, ...sections.flatMap((section) => rendered(section, limit * section.share))];
    const used = [...parts, foot].join("\n\n").length;
    return `${[...parts, ...golden(review, limit - used - 300), foot].join("\n\n")}\n`;
}

const plural = (number: number, noun: string) => `${number} ${noun}${number === 1 ? "" : "s"}`;

function summary(review: Review): string {
    const connections = review.platforms.flatMap((platform) => platform.connections);
    const openings = connections.filter(isOpening);
    const exposed = openings.filter(({ exposure }) => exposure === "from the internet").length;
    const closed = connections.length - openings.length;
    const refused = refusals(review);
    const unseen = review.reach
        .flatMap(({ changes }) => changes)
        .filter(({ kind, outside }) => kind === "opened" && outside === "source").length;
    const unreadable = review.platforms.some(({ problems }) => problems.length > 0);
    const lines = [
        ...(unreadable ? ["**A matrix cannot be read**, so what it opens cannot be told."] : []),
        ...(connections.length > 0
            ? [
                  `**${plural(openings.length, "opening")}**${exposed > 0 ? `, **${exposed} from the internet**` : ""}; ` +
                      `${plural(closed, "closing")}.`,
              ]
            : unreadable
              ? []
              : ["No connection opens or closes by the matrix."]),
        ...(unseen > 0 ? [`**${plural(unseen, "connection")} from outside opened by the rendered objects.**`] : []),
        ...(refused.length > 0 ? [`**Refused as it is**: ${refused.join(", ")}.`] : []),
        review.preview === undefined
            ? `No preview: ${prose(review.withoutPreview ?? "none was given")}.`
            : previewSummary(review.preview),
    ];
    return lines.map((line) => `- ${line}`).join("\n");
}

function refusedBlocks({ preview, platforms }: Review): Block[] {
    const findings = preview?.findings ?? [];
    const problems = platforms.flatMap((platform) => platform.problems);
    return [
        ...findings
            .filter(({ level }) => level === "mandatory")
            .map(({ rule, message }) => `**${prose(rule)}**\n\n${fence(short(message, 3000))}`),
        ...(preview?.errors ?? []).map((error) => `**The preview failed**\n\n${fence(short(error, 3000))}`),
        ...(problems.length === 0
            ? []
            : [
                  "**Documents that cannot be read**",
                  {
                      header: ["Place", "At", "What", "Expected"],
                      rows: problems.map(({ revision, diagnostic: { place, message, expected = "" } }) => [
                          code(`${place.file}:${place.line}:${place.column}`),
                          code(revision),
                          prose(short(message)),
                          prose(short(expected)),
                      ]),
                  },
              ]),
    ];
}

/** What rules say that do not refuse. */
function adviceBlocks({ preview }: Review): Block[] {
    const advice = (preview?.findings ?? []).filter(({ level }) => level === "advisory");
    if (advice.length === 0) return [];
    const lines = advice.map(({ rule, message }) => `${rule}  ${message}`);
    return [details(plural(advice.length, "finding"), fence(short(lines.join("\n"), 4000)))];
}

function platformBlocks({ state, connections, others, due }: PlatformChange): Block[] {
    return [
        ...(state === "kept" ? [] : [`The platform is **${state}**.`]),
        ...(connections.length === 0 ? [] : [byRole(connections)]),
        ...(connections.length === 0
            ? []
            : [
                  {
                      header: ["Change", "Source", "Destination", "Ports", "Row", "Why"],
                      rows: connections.map(connectionRow),
                  },
              ]),
        ...(others.length === 0
            ? []
            : [
                  "Said differently, without a port that opens or closes:",
                  {
                      header: ["What", "Before → after"],
                      rows: others.map(({ what, details: text }) => [prose(short(what)), prose(short(text, 600))]),
                  },
              ]),
        ...(due.length === 0
            ? []
            : [
                  "Expired, expiring, due for review:",
                  {
                      header: ["Row", "What"],
                      rows: due.map(({ place, message, severity }) => [
                          code(`${place.file}:${place.line}`),
                          severity === "error" ? `**${prose(short(message))}**` : prose(short(message)),
                      ]),
                  },
              ]),
    ];
}

function byRole(connections: readonly ConnectionChange[]): string {
    const roles = [...new Set(connections.map(({ destination }) => destination))].sort();
    const texts = roles.map((role) => {
        const own = connections.filter(({ destination }) => destination === role);
        const openings = own.filter(isOpening).length;
        const closings = own.length - openings;
        const counts = [
            ...(openings > 0 ? [plural(openings, "opening")] : []),
            ...(closings > 0 ? [plural(closings, "closing")] : []),
        ];
        return `${code(short(role, 80))} ${counts.join(", ")}`;
    });
    const shown = texts.slice(0, 40);
    return `Towards: ${shown.join("; ")}${texts.length > shown.length ? `; and ${texts.length - shown.length} more` : ""}.`;
}

function connectionRow(change: ConnectionChange): string[] {
    const { kind, exposure, group, source, destination, opens, closes, rows, why } = change;
    const opening = isOpening(change);
    const where = opening && exposure !== "inside" ? ` ${exposure}` : "";
    const member =
        group === undefined ? "" : ` (${opening ? "a new member of" : "no longer a member of"} ${prose(group)})`;
    const what = kind === "moved" ? "moved" : kind;
    return [
        `${opening ? `**${what}${where}**` : what}${member}`,
        code(short(source, 120)),
        code(short(destination, 120)),
        kind === "moved"
            ? `opens ${prose(short(opens))}, closes ${prose(short(closes))}`
            : prose(short(opening ? opens : closes)),
        rows
            .slice(0, 3)
            .map((row) => code(row))
            .join(", ") + (rows.length > 3 ? ` and ${rows.length - 3} more` : ""),
        prose(short(why)),
    ];
}

function reachBlocks({ reach }: Review): Block[] {
    return reach.flatMap(({ file, changes, problem }): Block[] => [
        problem === undefined ? `${code(file)}:` : `${code(file)} cannot be judged: ${prose(short(problem))}`,
        ...(changes.length === 0
            ? []
            : [
                  {
                      header: ["Change", "Source", "Destination", "Ports"],
                      rows: changes.map(({ kind, source, destination, ports, outside }) => [
                          kind === "opened"
                              ? `**opened${outside === "source" ? " from outside" : outside === "destination" ? " to the outside" : ""}**`
                              : "closed",
                          code(source),
                          code(destination),
                          prose(short(ports)),
                      ]),
                  },
              ]),
    ]);
}

const kinds = ["deleted", "replaced", "changed", "created"] as const;

const resources = (preview: Preview, kind: (typeof kinds)[number]): readonly ChangedResource[] =>
    preview.components.flatMap((component) => component[kind]);

function previewSummary(preview: Preview): string {
    const counts = [...kinds].reverse().flatMap((kind) => {
        const { length } = resources(preview, kind);
        return length === 0 ? [] : [`${length} ${kind}`];
    });
    const lost = [...resources(preview, "deleted"), ...resources(preview, "replaced")].filter(({ holds }) => holds);
    const stack = preview.stack === undefined ? "" : ` of stack ${code(preview.stack)}`;
    const data = lost.length > 0 ? `; **${plural(lost.length, "data resource")} replaced or deleted**` : "";
    return `Preview${stack}: ${counts.length === 0 ? "no change" : counts.join(", ")}, ${preview.unchanged} unchanged${data}.`;
}

function previewBlocks({ preview }: Review): Block[] {
    if (preview === undefined) {
        return [];
    }
    const atStake = (["deleted", "replaced"] as const).flatMap((kind) =>
        resources(preview, kind)
            .filter(({ holds }) => holds !== undefined)
            .map(({ name, holds }) => [code(short(name)), `**${kind}**`, prose(holds!)]),
    );
    const rows = preview.components.flatMap((component) =>
        kinds.flatMap((kind) => component[kind].map((resource) => resourceRow(component, kind, resource))),
    );
    return [
        ...(atStake.length === 0
            ? []
            : [
                  "**What holds data is replaced or deleted:**",
                  { header: ["Resource", "Change", "At stake"], rows: atStake },
              ]),
        ...(rows.length === 0 ? [] : [{ header: ["Component", "Change", "Resource", "Properties"], rows }]),
    ];
}

function resourceRow(
    { component }: ComponentChange,
    kind: (typeof kinds)[number],
    { name, paths }: ChangedResource,
): string[] {
    const shown = paths.slice(0, 6).map((path) => code(short(path, 100)));
    const more = paths.length > shown.length ? ` and ${paths.length - shown.length} more` : "";
    return [
        component === undefined ? "" : code(short(component, 100)),
        kind === "deleted" || kind === "replaced" ? `**${kind}**` : kind,
        code(short(name)),
        `${shown.join(", ")}${more}`,
    ];
}

function exceptionBlocks({ exceptions }: Review): Block[] {
    return exceptions.length === 0
        ? []
        : [
              {
                  header: ["Object", "Rule", "Owner", "Until", "Reason", ""],
                  rows: exceptions.map(({ object, exception, line, wrong, added, file }) => [
                      `${code(short(object))} in ${code(file)}`,
                      exception === undefined ? prose(short(line)) : code(exception.rule),
                      prose(short(exception?.owner ?? "")),
                      prose(exception?.expires ?? ""),
                      prose(short(exception?.reason ?? "")),
                      [
                          ...(added ? ["**new**"] : []),
                          ...(wrong === undefined ? [] : [`**does not count: ${prose(short(wrong))}**`]),
                      ].join(", "),
                  ]),
              },
          ];
}

const SHORT = 300;

/** The beginning of a text that somebody may have made long. */
function short(text: string, most = SHORT): string {
    const characters = [...text];
    return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : text;
}

/** A section within its room; what does not fit is counted. */
function rendered({ title, blocks }: Section, room: number): string[] {
    if (blocks.length === 0) {
        return [];
    }
    const parts = [`### ${title}`];
    let left = room;
    let dropped = 0;
    for (const block of blocks) {
        if (typeof block === "string") {
            if (block.length <= left) {
                parts.push(block);
                left -= block.length;
            } else {
                dropped++;
            }
            continue;
        }
        const shown: (readonly string[])[] = [];
        for (const row of block.rows) {
            left -= row.join(" | ").length + 5;
            if (left < 0) {
                break;
            }
            shown.push(row);
        }
        if (shown.length > 0) {
            parts.push(table(block.header, shown));
        }
        dropped += block.rows.length - shown.length;
    }
    return dropped === 0 ? parts : [...parts, `**And ${dropped} more**, left out here for length.`];
}

/** The rendered files' diffs, collapsed, in the room that is left. */
function golden({ golden: diffs }: Review, room: number): string[] {
    if (diffs.length === 0) {
        return [];
    }
    const each = Math.floor(room / diffs.length) - 500;
    const blocks = diffs.map(({ file, added, removed, text }) => {
        const lines = visible(text).split("\n");
        let size = 0;
        const cut = lines.findIndex((line) => (size += line.length + 2) > each);
        const shown = cut < 0 ? lines : lines.slice(0, cut);
        const note =
            cut < 0
                ? ""
                : `Cut after ${shown.length} of ${lines.length} lines; the whole stands in the change itself.\n\n`;
        return details(
            `${code(file)}: ${plural(added, "line")} added, ${removed} removed`,
            note + (shown.length === 0 ? "" : fence(shown.join("\n"), "diff")),
        );
    });
    return ["### Rendered objects", ...blocks];
}
