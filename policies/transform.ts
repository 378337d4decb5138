import * as pulumi from "@pulumi/pulumi";
import {
    checkObject,
    checkStack,
    formatFinding,
    loweredFindings,
    parseLevels,
    ruleNames,
    type Finding,
    type Levels,
    type RuleContext,
} from "../rules";
import type { KubernetesObject } from "../network";
import { kubernetesObject } from "./object";
import { settledProps } from "./plain";

/** What the guard compares objects with; `files` are named in messages. */
export interface GuardArgs {
    matrix: RuleContext["matrix"];
    network: RuleContext["network"];
    files: RuleContext["platformFiles"];
    levels?: RuleContext["levels"];
}

/** The levels that the stack gives rules, as `matrice:policies` has them. Throws SettingsError. */
export function readLevels(): Levels {
    return parseLevels(new pulumi.Config().get("policies"), { rules: ruleNames(), stack: pulumi.getStack() });
}

/** What a refused preview ends with. */
const SUMMARY = "The matrix does not allow this program";

/**
 * Holds every Kubernetes resource that the program registers from now on to the matrix, whether or not the policy pack
 * runs. A preview prints every finding and fails at the end, so nothing is changed; in an update without a preview a
 * refused resource is not registered. The rules about the whole stack run when the program is done.
 */
export function registerGuard({ matrix, network, files, levels }: GuardArgs): void {
    const guard = new Guard({ matrix, network, platformFiles: files, levels });
    if (pulumi.runtime.isDryRun()) {
        // A preview only has to fail in the end, so no resource goes to the engine twice, which would cost a tenth of the
        // preview. It waits in the program for what is said of it: a cluster with admission policies refuses the dry run
        // of the same object, and the engine then stops the program before it could say more.
        pulumi.runtime.registerStackTransformation(({ type, name, props, opts }) => {
            if (!type.startsWith("kubernetes:")) return undefined;
            const said = guard.check(type, name, props).then((): pulumi.Resource[] => []);
            return { props, opts: pulumi.mergeOptions(opts, { dependsOn: pulumi.output(said) }) };
        });
    } else {
        pulumi.runtime.registerResourceTransform(async ({ type, name, props }) => {
            await guard.check(type, name, props as Record<string, unknown>);
            return undefined;
        });
    }
    // A program that stopped midway registered a part of the stack: what the rest would have been is nobody's finding.
    let stopped = false;
    process.prependListener("uncaughtException", () => (stopped = true));
    process.prependListener("unhandledRejection", () => (stopped = true));
    process.once("beforeExit", () => stopped || guard.finish());
    process.prependListener("unhandledRejection", shorten);
}

/** Checks objects as they come and remembers them for the rules about the stack. */
export class Guard {
    private readonly objects: KubernetesObject[] = [];
    private readonly printed = new Set<string>();
    private refused = 0;
    /** What is on its way to the engine. */
    private readonly printing: unknown[] = [];

    constructor(
        private readonly context: RuleContext,
        private readonly print: { error(message: string): unknown; warn(message: string): void } = {
            error: (message) => pulumi.log.error(message),
            // The pack prints the same advice.
            warn: (message) => void (process.env.PULUMI_OPTION_POLICY_PACK ? undefined : pulumi.log.warn(message)),
        },
        private readonly dryRun: () => boolean = pulumi.runtime.isDryRun,
    ) {}

    /** Prints what the rules have against a resource. Throws in an update, so that the resource is not registered. */
    async check(type: string, name: string, props: Record<string, unknown>): Promise<void> {
        if (!type.startsWith("kubernetes:")) {
            return;
        }
        const object = kubernetesObject(type, name, await settledProps(props));
        if (!object) {
            return;
        }
        this.objects.push(object);
        const refused = this.report(checkObject(object, this.context));
        await Promise.all(this.printing.splice(0));
        if (refused.length > 0 && !this.dryRun()) {
            throw refusal(`${refused[0].resource} ${REFUSED} ${refused[0].rule}`);
        }
    }

    /** Runs the rules about the stack and throws when anything was refused. */
    finish(): void {
        this.report([...checkStack(this.objects, this.context), ...loweredFindings(this.context.levels)]);
        if (this.refused > 0) {
            throw refusal(`${SUMMARY}: ${this.refused} ${this.refused === 1 ? "finding" : "findings"} above.`);
        }
    }

    /** Prints each finding once; returns the mandatory ones. */
    private report(findings: Finding[]): Finding[] {
        for (const finding of findings) {
            const text = formatFinding(finding);
            if (this.printed.has(text)) {
                continue;
            }
            this.printed.add(text);
            if (finding.level === "mandatory") {
                this.refused++;
                this.printing.push(this.print.error(text));
            } else {
                this.print.warn(text);
            }
        }
        return findings.filter(({ level }) => level === "mandatory");
    }
}

/** An error that the engine prints as it is: the program is not at fault, so where it threw helps nobody. */
function refusal(message: string): Error {
    const error = new pulumi.RunError(message);
    error.stack = message;
    return error;
}

const REFUSED = "is not registered: refused by";

/** The SDK reports a refused registration with the trace of the constructor; what is left is the sentence itself. */
function shorten(error: unknown): void {
    const sentence = error instanceof Error ? error.message.split("transform failed: ")[1] : undefined;
    if (sentence?.includes(REFUSED)) {
        const message = sentence.replace(/^Error: /, "");
        // As of a RunError, the message alone is printed.
        Object.assign(error as Error, { message, __pulumiRunError: true });
    }
}
