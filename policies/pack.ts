import type {
    PolicyResource,
    Policies,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
} from "@pulumi/policy";
import { flatten, type KubernetesObject } from "../network";
import { atLevels, knownObjects, loweredFindings, objectRules, resourceName, stackRules } from "../rules";
import type { Finding, ObjectRule, RuleContext, StackRule } from "../rules";
import { kubernetesObject } from "./object";
import { plainProps } from "./plain";
import { loadContext } from "./settings";

/** Name of the policy that fails when there is nothing to compare with. */
export const DETERMINED = "platform-determined";

/** Name of the policy that lists the rules which the stack's settings lower. */
export const LOWERED = "rules-lowered";

type Context = RuleContext | Error;

/**
 * The policies of the pack: one for each rule, mandatory, and one that fails when the platform of a stack cannot be
 * determined. Levels are the stack's setting `matrice:policies`, which the program and `matrice verify` obey as well.
 */
export function matricePolicies(load: (urn: string) => RuleContext = loadContext): Policies {
    const subjects = new Subjects(load);
    return [
        {
            name: DETERMINED,
            description: "The stack's settings name a platform whose documents can be read.",
            enforcementLevel: "mandatory",
            validateResource: ({ type, urn }, report) => {
                const context = type.startsWith("kubernetes:") ? subjects.context(urn) : undefined;
                if (context instanceof Error) {
                    report(`What this stack may open cannot be determined, so it is refused.\n${context.message}`);
                }
            },
        },
        ...objectRules.map((rule) => resourcePolicy(rule, subjects)),
        ...stackRules.map((rule) => stackPolicy(rule, subjects)),
        {
            name: LOWERED,
            description: "A stack that lowers a rule says so at every run.",
            enforcementLevel: "advisory",
            validateStack: ({ resources }, report) => {
                const context = subjects.stack(resources);
                if (context && !(context instanceof Error)) {
                    send(loweredFindings(context.levels), report);
                }
            },
        },
    ];
}

function resourcePolicy(rule: ObjectRule, subjects: Subjects): ResourceValidationPolicy {
    return {
        name: rule.name,
        description: rule.description,
        enforcementLevel: "mandatory",
        validateResource: (args, report) => {
            const context = args.type.startsWith("kubernetes:") ? subjects.context(args.urn) : undefined;
            if (context && !(context instanceof Error)) {
                for (const object of subjects.objects(args, rule.name)) {
                    send(atLevels(rule.check(object, context), context.levels), report);
                }
            }
        },
    };
}

function stackPolicy(rule: StackRule, subjects: Subjects): StackValidationPolicy {
    return {
        name: rule.name,
        description: rule.description,
        enforcementLevel: "mandatory",
        validateStack: ({ resources }: StackValidationArgs, report) => {
            const context = subjects.stack(resources);
            if (context && !(context instanceof Error)) {
                const { objects, urns } = stackObjects(resources);
                send(atLevels(rule.check(objects, context), context.levels), report, urns);
            }
        },
    };
}

/** An advisory finding of a mandatory policy stays advisory; a mandatory one has the policy's configured level. */
function send(findings: Finding[], report: ReportViolation, urns = new Map<string, string>()): void {
    for (const { level, message, resource } of findings) {
        const urn = urns.get(resource);
        // What the object form of @pulumi/policy 1.21 takes beside a message's text.
        const violation = { message, urn, ...(level === "advisory" ? { enforcementLevel: "advisory" as const } : {}) };
        (report as unknown as (violation: object) => void)(violation);
    }
}

function stackObjects(resources: PolicyResource[]): { objects: KubernetesObject[]; urns: Map<string, string> } {
    const urns = new Map<string, string>();
    const objects = resources.flatMap(({ type, name, props, urn }) => {
        if (!type.startsWith("kubernetes:")) {
            return [];
        }
        const object = kubernetesObject(type, name, plainProps(props));
        return object ? flatten([object]).map((item) => (urns.set(resourceName(item), urn), item)) : [];
    });
    return { objects: knownObjects(objects), urns };
}

/** What resources are compared with, learned once a process, and each resource's objects, read once for all policies. */
class Subjects {
    private readonly contexts = new Map<string, Context>();
    private readonly read = new Map<string, { objects: KubernetesObject[]; served: Set<string> }>();

    constructor(private readonly load: (urn: string) => RuleContext) {}

    /** The context of the stack that Kubernetes resources are of, if there is any. */
    stack(resources: readonly PolicyResource[]): Context | undefined {
        const first = resources.find(({ type }) => type.startsWith("kubernetes:"));
        return first && this.context(first.urn);
    }

    /** The context of a resource's stack, or why there is none. */
    context(urn: string): Context {
        const stack = urn.slice(0, urn.indexOf("::", urn.indexOf("::") + 2));
        let context = this.contexts.get(stack);
        if (!context) {
            try {
                context = this.load(urn);
            } catch (error) {
                context = error as Error;
            }
            this.contexts.set(stack, context);
        }
        return context;
    }

    /**
     * A resource's objects. One analysis asks each policy once and in turn, so what is read for the first serves the
     * rest; a policy that asks again is in the next analysis.
     */
    objects({ urn, type, name, props }: ResourceValidationArgs, policy: string): KubernetesObject[] {
        let entry = this.read.get(urn);
        if (!entry || entry.served.has(policy)) {
            const object = kubernetesObject(type, name, plainProps(props));
            entry = { objects: object ? flatten([object]) : [], served: new Set() };
            this.read.set(urn, entry);
            // No other event comes between the policies of one analysis.
            setImmediate(() => this.read.delete(urn));
        }
        entry.served.add(policy);
        return entry.objects;
    }
}
