import { z } from "zod";
import { LineCounter, type Document as YamlDocument, isMap, isScalar, parseDocument } from "yaml";
import { type Diagnostic, type Place, MatrixError, refuseErrors } from "./diagnostics";
import { checkInventory } from "./inventory-checks";
import { didYouMean } from "./names";
import { columnAt } from "./width";

/** What a role is. */
export const roleKinds = [
    "workload",
    "service",
    "group",
    "people",
    "external",
    "internet",
    "controlPlane",
    "loadBalancer",
    "nodes",
] as const;
export type RoleKind = (typeof roleKinds)[number];

/** Which flows give the ports of a purpose: those from some sources, those that carry an application, or both. */
export interface PortRule {
    readonly from?: readonly string[];
    readonly as?: string;
}

/** A role as the inventory describes it. */
export interface RoleEntry {
    readonly name: string;
    readonly kind: RoleKind;
    readonly zone?: string;
    /** Its pods: namespace, and the value of their label `app.kubernetes.io/name`. */
    readonly workload?: { readonly namespace: string; readonly name: string };
    /** Labels that select its pods in place of `app.kubernetes.io/name`. */
    readonly labels?: Readonly<Record<string, string>>;
    readonly also: readonly string[];
    /** Key of the stack setting that holds its addresses. */
    readonly cidrs?: string;
    readonly hosts: readonly string[];
    readonly optional: boolean;
    readonly ports: Readonly<Record<string, readonly PortRule[]>>;
    /** How it uses a destination: `scrape`, `remote-write`. */
    readonly uses: Readonly<Record<string, string>>;
    /** By destination, the other party that its row means, narrower than the row says. */
    readonly narrows: Readonly<Record<string, string>>;
    readonly members?: readonly string[];
    readonly partOf?: string;
    readonly carries: readonly string[];
    readonly place: Place;
    readonly excerpt?: string;
}

/** Flows from one zone or role to another that are expected. */
export interface Crossing {
    readonly from: string;
    readonly to: string;
    readonly place: Place;
    readonly excerpt?: string;
}

/** Which rows answer a rule that a document gives in words, or why it does not apply. */
export interface Answer {
    readonly rule: string;
    readonly rows: readonly string[];
    readonly answer?: string;
    readonly notApplicable?: string;
    readonly place: Place;
    readonly excerpt?: string;
}

/** What each name of a platform's documents is; never a port number. */
export interface Inventory {
    readonly file: string;
    readonly platform: string;
    /** Namespaces that the platform owns: default-deny stands in each. */
    readonly namespaces: readonly string[];
    /** By trust, least first. */
    readonly zones: readonly string[];
    /** Allowed besides inside one zone; each end a zone or a role. */
    readonly crossings: readonly Crossing[];
    /** Named sets of ports (folded on look-up) and the purpose each stands for. */
    readonly portSets: Readonly<Record<string, string>>;
    readonly roles: readonly RoleEntry[];
    /** Rows that needed a decision, and the decision taken. */
    readonly decisions: readonly { readonly row: string; readonly decision: string }[];
    /** Rules in words, and what answers them. */
    readonly answers: readonly Answer[];
}

/** A DNS-1123 label: namespaces, workload names (Kubernetes, Object Names and IDs). */
const label = z
    .string()
    .max(63)
    .regex(/^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/, "expected a DNS-1123 label: lower case letters, digits and dashes");
const text = z.string().trim().min(1, "expected some text");
const workload = z
    .string()
    .regex(
        /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?\/[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
        "expected namespace/name (e-chauffeur/api)",
    );
const host = z
    .string()
    .regex(
        /^(?:\*\.)?[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)+$/,
        "expected a host name (api.twilio.com, *.push.apple.com), without scheme or port",
    );
const portRule = z
    .string({ error: 'expected where the port is written: "from SOURCE, SOURCE" or "as APPLICATION", never a number' })
    .regex(
        /^(?:from\s+\S.*|as\s+\S.*)$/,
        'expected "from SOURCE, SOURCE", "as APPLICATION" or "from SOURCE as APPLICATION"',
    );

const role = z.strictObject({
    kind: z.enum(roleKinds).default("workload"),
    zone: text.optional(),
    workload: workload.optional(),
    labels: z.record(text, z.string()).optional(),
    also: z.array(text).default([]),
    cidrs: text.optional(),
    hosts: z.array(host).default([]),
    optional: z.boolean().default(false),
    ports: z.record(text, z.union([portRule, z.array(portRule).min(1)])).default({}),
    uses: z.record(text, text).default({}),
    narrows: z.record(text, text).default({}),
    members: z.array(text).optional(),
    partOf: text.optional(),
    carries: z.array(text).default([]),
});

const answer = z
    .strictObject({
        rule: text,
        rows: z.array(text).default([]),
        answer: text.optional(),
        notApplicable: text.optional(),
    })
    .refine(
        ({ rows, answer, notApplicable }) =>
            (rows.length > 0 && answer !== undefined) !== (notApplicable !== undefined),
        {
            message: "expected rows with an answer, or notApplicable with the reason",
        },
    )
    .refine(({ rows, notApplicable }) => rows.length === 0 || notApplicable === undefined, {
        message: "expected no rows for what does not apply",
    });

const schema = z.strictObject({
    platform: label,
    namespaces: z.array(label).min(1, "expected at least one namespace"),
    zones: z.array(text).default([]),
    crossings: z.array(z.string().regex(/\S\s*(?:→|->)\s*\S/, "expected ZONE → ZONE")).default([]),
    portSets: z.record(text, text).default({}),
    roles: z.record(text, role),
    decisions: z.array(z.strictObject({ row: text, decision: text })).default([]),
    answers: z.array(answer).default([]),
});

/**
 * Reads an inventory. Throws MatrixError with every diagnostic: what YAML refuses, what the schema refuses, and names
 * that do not fit each other.
 */
export function readInventory(source: string, file: string): Inventory {
    const yaml = new InventoryText(source, file);
    const raw = yaml.read();
    const parsed = schema.safeParse(raw);
    if (!parsed.success) throw new MatrixError(parsed.error.issues.flatMap((issue) => yaml.issue(issue, raw)));
    const { roles, crossings, answers, ...rest } = parsed.data;
    const inventory: Inventory = {
        file,
        ...rest,
        crossings: crossings.map((crossing, index) => {
            const place = yaml.place(["crossings", index]);
            return { ...readCrossing(crossing), place, excerpt: yaml.excerpt(place) };
        }),
        answers: answers.map((entry, index) => {
            const place = yaml.place(["answers", index]);
            return { ...entry, place, excerpt: yaml.excerpt(place) };
        }),
        roles: Object.entries(roles).map(([name, entry]) => {
            const [namespace, workloadName] = entry.workload?.split("/") ?? [];
            const ports = Object.entries(entry.ports).map(([purpose, rules]) => [
                purpose,
                [rules].flat().map(readPortRule),
            ]);
            const place = yaml.place(["roles", name]);
            return {
                ...entry,
                name,
                ports: Object.fromEntries(ports),
                workload: entry.workload ? { namespace, name: workloadName } : undefined,
                place,
                excerpt: yaml.excerpt(place),
            };
        }),
    };
    refuseErrors(
        checkInventory(inventory).map(({ path, ...problem }) =>
            yaml.diagnostic({ severity: "error", ...problem }, path),
        ),
    );
    return inventory;
}

/** `public → exposed`, `public -> exposed`. */
function readCrossing(line: string): { from: string; to: string } {
    const [from, to] = line.split(/\s*(?:→|->)\s*/);
    return { from: from.trim(), to: to.trim() };
}

/** `from Proxy, App User`, `as HTTP`, `from Proxy as HTTP`. */
function readPortRule(rule: string): PortRule {
    const match = /^(?:from\s+(.*?))?(?:(?:^|\s+)as\s+(\S+))?$/.exec(rule.trim())!;
    const from = match[1]?.split(",").map((name) => name.trim());
    return { ...(from ? { from } : {}), ...(match[2] ? { as: match[2] } : {}) };
}

type Path = readonly PropertyKey[];

/** The YAML text, which knows where each value stands. */
class InventoryText {
    private readonly counter = new LineCounter();
    private readonly lines: readonly string[];
    private readonly document: YamlDocument.Parsed;

    constructor(
        source: string,
        private readonly file: string,
    ) {
        const plain = source.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
        this.lines = plain.split("\n");
        this.document = parseDocument(plain, { lineCounter: this.counter, prettyErrors: false });
    }

    read(): unknown {
        refuseErrors(
            this.document.errors.map((error): Diagnostic => {
                const place = this.placeAt(error.pos[0]);
                const message = error.message.replace(/\s+/g, " ");
                return {
                    severity: "error",
                    code: "unreadable-yaml",
                    message,
                    place,
                    excerpt: this.excerpt(place),
                    length: 1,
                };
            }),
        );
        return this.document.toJS() ?? {};
    }

    issue(issue: z.core.$ZodIssue, raw: unknown): Diagnostic[] {
        const severity = "error";
        if (issue.code === "unrecognized_keys") {
            const known = issue.path[0] === "roles" ? Object.keys(role.shape) : Object.keys(schema.shape);
            return issue.keys.map((key) => {
                const expected = didYouMean(key, known) ?? `one of ${known.join(", ")}`;
                const message = `"${key}" is not known here`;
                return this.diagnostic({ severity, code: "unknown-key", message, expected }, [...issue.path, key]);
            });
        }
        const where = issue.path.map(String).join(" › ") || "the inventory";
        const value = issue.path.reduce<unknown>(
            (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
            raw,
        );
        const nested =
            issue.code === "invalid_union" ? (issue.errors.flat()[0]?.message ?? issue.message) : issue.message;
        const message =
            value === undefined
                ? `${where} is missing`
                : `${where}: ${shorten(JSON.stringify(value) ?? "")} does not fit`;
        const expected = nested
            .replace(/^(?:Invalid \w+: )?expected /, "")
            .replace(/, received \w+$/, "")
            .replaceAll('"|"', '", "');
        return [this.diagnostic({ severity, code: "invalid-inventory", message, expected }, issue.path)];
    }

    diagnostic(problem: Omit<Diagnostic, "place">, path: Path): Diagnostic {
        const place = this.place(path);
        const key = String(path[path.length - 1] ?? "");
        const excerpt = this.excerpt(place);
        const length = excerpt.startsWith(key, place.column - 1) ? Math.max(1, key.length) : 1;
        return { ...problem, place, excerpt, length };
    }

    /** Where the key of a path stands (its value for list elements); the nearest that exists. */
    place(path: Path): Place {
        let node: unknown = this.document.contents;
        let offset = 0;
        for (const step of path) {
            if (isMap(node)) {
                const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
                if (!pair) break;
                offset = (pair.key as { range?: [number, number, number] }).range?.[0] ?? offset;
                node = pair.value;
            } else {
                const element = this.document.getIn([...path.slice(0, path.indexOf(step)), step], true);
                if (!element) break;
                offset = (element as { range?: [number, number, number] }).range?.[0] ?? offset;
                node = element;
            }
        }
        return this.placeAt(offset);
    }

    excerpt(place: Place): string {
        return this.lines[place.line - 1] ?? "";
    }

    private placeAt(offset: number): Place {
        const { line, col } = this.counter.linePos(offset);
        const at = Math.max(1, line);
        return { file: this.file, line: at, column: columnAt(this.lines[at - 1] ?? "", Math.max(0, col - 1)) };
    }
}

function shorten(text: string): string {
    return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
