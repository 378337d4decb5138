import { z } from "zod";
import { UsageError } from "../terminal";
import { secretMask } from "./secrets";

/** A resource that a preview would change, in the words of its program and cluster. */
export interface ChangedResource {
    /** `Deployment e-chauffeur/api`, or the type's last part and the resource's name. */
    readonly name: string;
    /** Paths of the properties that differ; values are left out on purpose. */
    readonly paths: readonly string[];
    /** Why losing it would hurt, where it would. */
    readonly holds?: string;
}

/** What a preview would change in one component. */
export interface ComponentChange {
    /** The component's name in the program; undefined for resources outside every component. */
    readonly component?: string;
    readonly created: readonly ChangedResource[];
    readonly changed: readonly ChangedResource[];
    readonly replaced: readonly ChangedResource[];
    readonly deleted: readonly ChangedResource[];
}

/** What a rule has against the program, as the preview printed it. */
export interface PrintedFinding {
    readonly level: "mandatory" | "advisory";
    readonly rule: string;
    readonly message: string;
}

export interface Preview {
    readonly stack?: string;
    readonly components: readonly ComponentChange[];
    readonly unchanged: number;
    readonly findings: readonly PrintedFinding[];
    /** Errors that are no finding. */
    readonly errors: readonly string[];
}

const state = z
    .object({
        type: z.string().catch(""),
        custom: z.boolean().optional().catch(undefined),
        parent: z.string().optional().catch(undefined),
        protect: z.boolean().optional().catch(undefined),
        inputs: z.record(z.string(), z.unknown()).optional().catch(undefined),
    })
    .nullish();
const step = z.object({
    op: z.string(),
    urn: z.string(),
    oldState: state,
    newState: state,
    diffReasons: z.array(z.string()).nullish(),
    replaceReasons: z.array(z.string()).nullish(),
    detailedDiff: z.record(z.string(), z.object({ kind: z.string() })).nullish(),
});
const diagnostic = z.object({ message: z.string(), severity: z.string(), ephemeral: z.boolean().optional() });
const digest = z.object({
    steps: z.array(step).nullish(),
    diagnostics: z.array(diagnostic).nullish(),
    changeSummary: z.record(z.string(), z.number()).nullish(),
});
/** https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/events.go */
const event = z.object({
    resourcePreEvent: z
        .object({
            metadata: z.object({
                op: z.string(),
                urn: z.string(),
                old: state,
                new: state,
                keys: z.array(z.string()).nullish(),
                diffs: z.array(z.string()).nullish(),
                detailedDiff: step.shape.detailedDiff,
            }),
        })
        .optional(),
    diagnosticEvent: diagnostic.optional(),
    policyEvent: z.object({ message: z.string(), policyName: z.string(), enforcementLevel: z.string() }).optional(),
    summaryEvent: z.object({ resourceChanges: z.record(z.string(), z.number()).nullish() }).optional(),
});

type Step = z.infer<typeof step>;
type Digest = z.infer<typeof digest> & { policies?: PrintedFinding[] };

/**
 * Reads what `pulumi preview --json` prints: one document, or a stream of events, a line each
 * (PULUMI_ENABLE_STREAMING_JSON_PREVIEW), which alone has the policy pack's own findings. Secrets are masked. Throws
 * UsageError when it is neither.
 */
export function readPreview(text: string, file: string): Preview {
    const { raw, read } = readEither(text, file);
    const mask = secretMask(raw);
    const steps = read.steps ?? [];
    const printed = (read.diagnostics ?? []).filter(({ ephemeral }) => ephemeral !== true);
    const messages = printed.map(({ message, severity }) => ({ severity, text: mask(plain(message)) }));
    const found = messages.flatMap(({ text: message }) => findingOf(message) ?? []);
    const packs = (read.policies ?? []).map((one) => ({ ...one, message: mask(plain(one.message)) }));
    return {
        stack: steps.map(({ urn }) => /^urn:pulumi:([^:]+)::/.exec(urn)?.[1]).find((name) => name !== undefined),
        components: changesByComponent(steps, mask),
        unchanged: read.changeSummary?.same ?? steps.filter(({ op }) => op === "same").length,
        findings: distinct([...found, ...packs]),
        errors: [
            ...new Set(
                messages
                    .filter(({ severity, text: message }) => severity === "error" && !findingOf(message))
                    .map(({ text: message }) => message),
            ),
        ],
    };
}

function readEither(text: string, file: string): { raw: unknown; read: Digest } {
    // What a wrapper printed before it is no part of it.
    const start = text.search(/^\{/m);
    const body = start < 0 ? "" : text.slice(start);
    try {
        const raw = JSON.parse(body);
        if (!("sequence" in raw)) {
            return { raw, read: digest.parse(raw) };
        }
    } catch (error) {
        if (!(error instanceof SyntaxError)) {
            throw new UsageError(`${file}: this is not the output of \`pulumi preview --json\`: ${first(error)}.`);
        }
    }
    try {
        const raw = body
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line));
        return { raw, read: ofEvents(z.array(event).parse(raw)) };
    } catch (error) {
        throw new UsageError(`${file}: this is not the output of \`pulumi preview --json\`: ${first(error)}.`);
    }
}

function first(error: unknown): string {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    return issue ? `${issue.path.join(".")}: ${issue.message}` : "it is not JSON";
}

function ofEvents(events: readonly z.infer<typeof event>[]): Digest {
    return {
        steps: events.flatMap(({ resourcePreEvent }) => {
            const metadata = resourcePreEvent?.metadata;
            return metadata === undefined
                ? []
                : [
                      {
                          ...metadata,
                          oldState: metadata.old,
                          newState: metadata.new,
                          diffReasons: metadata.diffs,
                          replaceReasons: metadata.keys,
                      },
                  ];
        }),
        diagnostics: events.flatMap(({ diagnosticEvent }) => diagnosticEvent ?? []),
        changeSummary: events.findLast(({ summaryEvent }) => summaryEvent !== undefined)?.summaryEvent?.resourceChanges,
        policies: events.flatMap(({ policyEvent }) =>
            policyEvent === undefined
                ? []
                : [
                      {
                          rule: policyEvent.policyName,
                          message: policyEvent.message,
                          level: policyEvent.enforcementLevel === "mandatory" ? "mandatory" : "advisory",
                      },
                  ],
        ),
    };
}

/** Without the engine's marks of colour and a terminal's. */
function plain(message: string): string {
    return message.replace(/<\{%.*?%\}>|\u001b\[[0-9;]*m/g, "").trim();
}

/** A finding as rules/ prints them: `[mandatory] service-port-listed  Service e-chauffeur/rogue: …`. */
function findingOf(message: string): PrintedFinding | undefined {
    const [, level, rule, text] = /^(?:\w+: )?\[(mandatory|advisory)\] ([a-z][a-z0-9-]*) {2}(.*)$/s.exec(message) ?? [];
    return level === undefined ? undefined : { level: level as PrintedFinding["level"], rule, message: text };
}

/** The program and the pack say the same. */
function distinct(findings: readonly PrintedFinding[]): PrintedFinding[] {
    const kept = new Map<string, PrintedFinding>();
    for (const finding of findings) {
        const key = `${finding.rule} ${finding.message.replace(/\s+/g, " ").trim()}`;
        if (kept.get(key)?.level !== "mandatory") {
            kept.set(key, finding);
        }
    }
    return [...kept.values()].sort((a, b) => Number(b.level === "mandatory") - Number(a.level === "mandatory"));
}

type Change = "created" | "changed" | "replaced" | "deleted";

/** https://github.com/pulumi/pulumi/blob/master/sdk/go/common/display/op.go */
const changes: Readonly<Record<string, Change>> = {
    create: "created",
    import: "created",
    update: "changed",
    replace: "replaced",
    "create-replacement": "replaced",
    "delete-replaced": "replaced",
    "import-replacement": "replaced",
    delete: "deleted",
};

function changesByComponent(steps: readonly Step[], mask: (text: string) => string): ComponentChange[] {
    const parents = new Map(
        steps.map(({ urn, oldState, newState }) => [urn, newState?.parent ?? oldState?.parent] as const),
    );
    const byComponent = new Map<string | undefined, Record<Change, Map<string, ChangedResource>>>();
    for (const one of steps) {
        const kind = changes[one.op];
        const component = componentOf(one.urn, parents);
        if (kind === undefined || isComponent(one)) {
            continue;
        }
        const known = byComponent.get(component) ?? {
            created: new Map(),
            changed: new Map(),
            replaced: new Map(),
            deleted: new Map(),
        };
        byComponent.set(component, known);
        // A replacement is up to three steps of one resource; the one with the reasons is kept.
        const before = known[kind].get(one.urn);
        const resource = resourceOf(one, kind, mask);
        known[kind].set(one.urn, before && before.paths.length >= resource.paths.length ? before : resource);
    }
    return [...byComponent]
        .sort(([a], [b]) => ((a ?? "~") < (b ?? "~") ? -1 : 1))
        .map(([component, kinds]) => ({
            component: component === undefined ? undefined : mask(component),
            created: sorted(kinds.created),
            changed: sorted(kinds.changed),
            replaced: sorted(kinds.replaced),
            deleted: sorted(kinds.deleted),
        }));
}

const sorted = (resources: Map<string, ChangedResource>) =>
    [...resources.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));

const typesOf = (urn: string) => (urn.split("::")[2] ?? "").split("$");
const nameOf = (urn: string) => urn.split("::").slice(3).join("::");
/** Components, the stack and providers change nothing by themselves. */
const isComponent = ({ urn, newState, oldState }: Step) =>
    (newState ?? oldState)?.custom === false || typesOf(urn).at(-1)!.startsWith("pulumi:");

/** The outermost component that a resource is part of. */
function componentOf(urn: string, parents: ReadonlyMap<string, string | undefined>): string | undefined {
    let outermost: string | undefined;
    const seen = new Set<string>();
    for (let next = parents.get(urn); next !== undefined && !seen.has(next); next = parents.get(next)) {
        seen.add(next);
        if (!typesOf(next).at(-1)!.startsWith("pulumi:pulumi:Stack")) {
            outermost = nameOf(next);
        }
    }
    return outermost;
}

function resourceOf(one: Step, kind: Change, mask: (text: string) => string): ChangedResource {
    const metadata = (one.newState ?? one.oldState)?.inputs?.metadata as Record<string, unknown> | undefined;
    const type = typesOf(one.urn).at(-1)!;
    const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
    const namespace = text(metadata?.namespace);
    const name = `${namespace === undefined ? "" : `${namespace}/`}${text(metadata?.name) ?? nameOf(one.urn)}`;
    const detailed = Object.entries(one.detailedDiff ?? {}).map(([path, { kind: how }]) =>
        how.endsWith("-replace") ? `${path} (replaces)` : path,
    );
    const reasons = [...(one.replaceReasons ?? []).map((path) => `${path} (replaces)`), ...(one.diffReasons ?? [])];
    const paths = kind === "created" || kind === "deleted" ? [] : detailed.length > 0 ? detailed : reasons;
    const holds = kind === "replaced" || kind === "deleted" ? heldBy(type, one.oldState?.protect === true) : undefined;
    return {
        name: mask(`${type.split(":").at(-1)} ${name}`),
        paths: [...new Set(paths)].sort().map(mask),
        ...(holds === undefined ? {} : { holds }),
    };
}

const held: Readonly<Record<string, string>> = {
    PersistentVolume: "the data on it",
    PersistentVolumeClaim: "the data behind it",
    StatefulSet: "its members' data stand behind it",
    Namespace: "everything in it goes with it",
    CustomResourceDefinition: "every object of the kind goes with it",
    Secret: "what others authenticate with",
};

function heldBy(type: string, isProtected: boolean): string | undefined {
    if (isProtected) {
        return "protected: it holds data";
    }
    return type.startsWith("random:") ? "a value that others already know" : held[type.split(":").at(-1)!];
}
