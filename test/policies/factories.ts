import type { Policies, PolicyResource, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import * as proxy from "@pulumi/policy/proxy";
import type { KubernetesObject } from "../../network";
import { UNKNOWN } from "../../rules";
import { typeOf } from "./type-token";

/** Internal to @pulumi/policy, and what its server makes of a resource's properties. */
const { unknownCheckingProxy, unknownStringValue } = proxy as unknown as {
    unknownCheckingProxy(props: unknown): Record<string, unknown>;
    unknownStringValue: string;
};

export interface Violation {
    policy: string;
    message: string;
    urn?: string;
    enforcementLevel?: string;
}

export const urnOf = (object: KubernetesObject, stack = "dev") =>
    `urn:pulumi:${stack}::matrice::${typeOf(object)}::${object.metadata.name}`;

/** Props as @pulumi/policy hands them to a policy: reading an unknown value throws. */
export function proxied(object: KubernetesObject): Record<string, unknown> {
    const onWire = (value: unknown): unknown =>
        value === UNKNOWN
            ? unknownStringValue
            : Array.isArray(value)
              ? value.map(onWire)
              : typeof value === "object" && value !== null
                ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, onWire(item)]))
                : value;
    return unknownCheckingProxy(onWire(object));
}

/** Runs the resource policies over an object, as the analyser does: one after the other, each with props of its own. */
export async function analyse(policies: Policies, object: KubernetesObject, stack = "dev"): Promise<Violation[]> {
    const violations: Violation[] = [];
    for (const policy of policies as ResourceValidationPolicy[]) {
        if (typeof policy.validateResource !== "function") {
            continue;
        }
        const args = {
            type: typeOf(object),
            name: object.metadata.name ?? "resource",
            urn: urnOf(object, stack),
            props: proxied(object),
        };
        await policy.validateResource(args as never, reporter(policy.name, violations));
    }
    return violations;
}

/** Runs the stack policies over objects. */
export async function analyseStack(policies: Policies, objects: KubernetesObject[]): Promise<Violation[]> {
    const violations: Violation[] = [];
    const resources = objects.map((object) => ({
        type: typeOf(object),
        name: object.metadata.name,
        urn: urnOf(object),
        props: proxied(object),
    })) as unknown as PolicyResource[];
    for (const policy of policies as StackValidationPolicy[]) {
        await policy.validateStack?.({ resources } as never, reporter(policy.name, violations));
    }
    return violations;
}

const reporter = (policy: string, violations: Violation[]) => (violation: unknown) =>
    void violations.push({
        policy,
        ...(typeof violation === "string" ? { message: violation } : (violation as Violation)),
    });
