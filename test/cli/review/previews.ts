/** A step of `pulumi preview --json`, with what the review reads and a resource's usual noise. */
export interface StepOptions {
    readonly op: string;
    /** `kubernetes:apps/v1:Deployment` */
    readonly type: string;
    readonly name: string;
    readonly component?: string;
    readonly inputs?: Record<string, unknown>;
    readonly protect?: boolean;
    readonly detailedDiff?: Record<string, { kind: string }>;
    readonly replaceReasons?: string[];
}

const PREFIX = "urn:pulumi:prod::matrice::";
const STACK = `${PREFIX}pulumi:pulumi:Stack::matrice-prod`;

const componentUrn = (name: string) => `${PREFIX}matrice:index:${name[0].toUpperCase()}${name.slice(1)}::${name}`;

export function step({ op, type, name, component, inputs, protect, ...rest }: StepOptions) {
    const parent = component === undefined ? STACK : componentUrn(component);
    const urn =
        component === undefined ? `${PREFIX}${type}::${name}` : `${PREFIX}${parent.split("::")[2]}$${type}::${name}`;
    const state = { urn, custom: true, type, parent, inputs, outputs: inputs, ...(protect ? { protect } : {}) };
    return {
        op,
        urn,
        ...(op.startsWith("create") ? {} : { oldState: state }),
        ...(op.startsWith("delete") ? {} : { newState: state }),
        detailedDiff: null,
        ...rest,
    };
}

/** What `pulumi preview --json` prints. */
export function preview(
    steps: readonly ReturnType<typeof step>[],
    diagnostics: readonly { message: string; severity: string; urn?: string }[] = [],
): object {
    const components = [...new Set(steps.map(({ newState, oldState }) => (newState ?? oldState)!.parent))]
        .filter((urn) => urn !== STACK)
        .map((urn) => ({
            op: "same",
            urn,
            newState: { urn, custom: false, type: urn.split("::")[2], parent: STACK },
            detailedDiff: null,
        }));
    const stack = { op: "same", urn: STACK, newState: { urn: STACK, custom: false, type: "pulumi:pulumi:Stack" } };
    return {
        config: { "matrice:platform": "shop" },
        steps: [stack, ...components, ...steps],
        diagnostics,
        duration: 3_000_000_000,
        changeSummary: { same: 41 },
    };
}

/** The same as a stream of events, a line each. */
export function eventStream(digest: object, policies: readonly object[] = []): string {
    const { steps, diagnostics } = digest as { steps: Record<string, unknown>[]; diagnostics: object[] };
    const events = [
        ...steps.map(({ op, urn, oldState, newState, detailedDiff, replaceReasons, diffReasons }) => ({
            resourcePreEvent: {
                metadata: {
                    op,
                    urn,
                    old: oldState,
                    new: newState,
                    detailedDiff,
                    keys: replaceReasons,
                    diffs: diffReasons,
                },
            },
        })),
        ...diagnostics.map((diagnosticEvent) => ({ diagnosticEvent })),
        ...policies.map((policyEvent) => ({ policyEvent })),
        { summaryEvent: { resourceChanges: { same: 41 } } },
    ];
    return events.map((event, sequence) => `${JSON.stringify({ sequence, timestamp: 1, ...event })}\n`).join("");
}
