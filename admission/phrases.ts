import { readDocument, readInventory, resolve, type Matrix } from "../matrix";
import type { KubernetesObject, NetworkSettings } from "../network";
import { resourceName, type ObjectRule, type RuleContext } from "../rules";
import { listening } from "../rules/listeners";
import { sourcesOf } from "../rules/load-balancer-sources-listed";
import { cut } from "./cel";

/** A platform of three roles. Its words are chosen to stand nowhere else in a sentence. */
const document = `
| Source | Destination | Port | Protocol | Why |
| --- | --- | --- | --- | --- |
| ROLE-CALLER | ROLE-LISTENER | 40001 | TCP | x |
| ROLE-PERSON | ROLE-EDGE | 40002 | TCP | x |
| ROLE-LISTENER | ROLE-OUTSIDE | 40003 | TCP | x |
| ROLE-EDGE | ROLE-CALLER | 40004 | TCP | x |
`;
const inventory = `
platform: example
namespaces: [namespace-1]
zones: [one]
crossings: []
roles:
    ROLE-CALLER: { zone: one, workload: namespace-1/caller }
    ROLE-LISTENER: { zone: one, workload: namespace-1/listener }
    ROLE-EDGE: { zone: one, workload: namespace-1/edge }
    ROLE-PERSON: { kind: people, zone: one, cidrs: persons }
    ROLE-OUTSIDE: { kind: external, zone: one, hosts: [outside.example] }
`;
const network: NetworkSettings = {
    edge: "direct",
    loadBalancerCidrs: [],
    people: { persons: ["203.0.113.0/24"] },
    controlPlane: { cidrs: [] },
    cni: "standard",
    requireRealised: false,
};

/** Words of the example, of which none may reach a message. */
const OWN = /ROLE-\w+|namespace-1|name-1|\b4\d{4}\b|nobody|\w+\.example/;

/** Objects of the example platform. */
export const labels = (role: string) => ({ "app.kubernetes.io/name": role, "matrice.dev/connected": "true" });
export const object = (apiVersion: string, kind: string, more: object): KubernetesObject => ({
    apiVersion,
    kind,
    metadata: { name: "name-1", namespace: "namespace-1" },
    ...more,
});
/** The part of a sentence that names the role alone. */
export const ROLE = { "ROLE-LISTENER": "variables.title" };

/**
 * The sentences of admission are the rules' own: each is had by trying a rule on an object of an example platform, and
 * cut where the example's own words stand. So a rule that is worded anew is worded anew in the cluster.
 */
export class Phrases {
    private readonly context: RuleContext;

    constructor(platformFiles: RuleContext["platformFiles"]) {
        const matrix: Matrix = resolve(
            [readDocument(document, platformFiles.matrix)],
            readInventory(inventory, platformFiles.inventory),
        );
        this.context = { matrix, network, platformFiles, on: new Date("2026-06-15T00:00:00Z") };
    }

    /** The example's sentence on what a role listens on. */
    listening(role: string): string {
        return listening(this.context.matrix.role(role));
    }

    /** The example's sentence on whom the edge's load balancer lets in. */
    get sources(): string {
        return sourcesOf(this.context.matrix.role("ROLE-EDGE"), this.context).text;
    }

    /** The parts of a sentence that name the role of the request, and what it listens on. */
    get role(): Record<string, string> {
        return { "ROLE-LISTENER": "variables.title", [this.listening("ROLE-LISTENER")]: "variables.listening" };
    }

    /**
     * What a rule says of an object, in one line after the rule's name, as a CEL expression with `parts` replaced.
     * Throws when the rule has not exactly one thing to say.
     */
    of(rule: ObjectRule, example: KubernetesObject, parts: Readonly<Record<string, string>>): string {
        const said = rule.check(example, this.context);
        if (said.length !== 1) {
            throw new Error(`${rule.name} has ${said.length} things to say of an example: ${JSON.stringify(said)}`);
        }
        // A message of the API server has one line.
        const sentence = said[0].message.replace(/\n\s*/g, " ");
        const expression = cut(sentence, { [resourceName(example)]: "variables.resource", ...parts });
        const left = OWN.exec(expression.replace(/<[^>]*>/g, ""))?.[0];
        if (left !== undefined) throw new Error(`"${left}" of the example is left in: ${expression}`);
        return expression;
    }
}
