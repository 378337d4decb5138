import { objectRules, stackRules, UNKNOWN } from "../../rules";
import { DETERMINED, LOWERED, matricePolicies } from "../../policies/pack";
import { context, defaultDeny, deployment, edit, namespace, policy, service } from "../rules/factories";
import { analyse, analyseStack, urnOf } from "./factories";

const policies = matricePolicies(() => context);

describe("the policy pack", () => {
    test("has one mandatory policy for each rule", () => {
        expect(policies.map(({ name }) => name)).toEqual([
            DETERMINED,
            ...objectRules.map(({ name }) => name),
            ...stackRules.map(({ name }) => name),
            LOWERED,
        ]);
        const weaker = policies.filter(({ enforcementLevel }) => enforcementLevel !== "mandatory");
        expect(weaker.map(({ name }) => name)).toEqual([LOWERED]);
    });

    test("passes what the matrix lists", async () => {
        for (const object of [service(), deployment(), policy(), defaultDeny("rides"), namespace()]) {
            expect(await analyse(policies, object)).toEqual([]);
        }
    });

    test("refuses under the rule's own name", async () => {
        expect(await analyse(policies, service("api", 8088))).toEqual([
            {
                policy: "service-port-listed",
                message: expect.stringContaining("8088/TCP of role API is not in the matrix"),
            },
        ]);
    });

    test("stays mandatory when a value is unknown, and names the field", async () => {
        const rogue = edit(service(), ({ spec }) => {
            spec.ports[0].port = UNKNOWN;
            spec.clusterIP = UNKNOWN;
        });
        expect(await analyse(policies, rogue)).toEqual([
            {
                policy: "service-port-listed",
                message: expect.stringContaining("spec.ports[0].port is unknown at preview"),
            },
        ]);
    });

    test("judges the items of a List", async () => {
        const list = { apiVersion: "v1", kind: "ServiceList", metadata: {}, items: [service(), service("api", 8088)] };
        expect(await analyse(policies, list)).toHaveLength(1);
    });

    test("reads a resource anew each time it is analysed", async () => {
        expect(await analyse(policies, service("api", 8088))).toHaveLength(1);
        await new Promise((resolve) => setImmediate(resolve));
        expect(await analyse(policies, service("api", 80))).toEqual([]);
    });

    test("leaves resources of other packages alone", async () => {
        const other = policies.map(async (one) => {
            const validate = (one as { validateResource?: (args: object, report: () => void) => unknown })
                .validateResource;
            const report = jest.fn();
            await validate?.(
                { type: "random:index/randomPassword:RandomPassword", urn: "urn", name: "x", props: {} },
                report,
            );
            return report.mock.calls.length;
        });
        expect(await Promise.all(other)).toEqual(policies.map(() => 0));
    });

    test("refuses everything, once a resource, when the platform is undetermined", async () => {
        const undetermined = matricePolicies(() => {
            throw new Error("Pulumi.dev.yaml is missing");
        });
        expect(await analyse(undetermined, service("api", 8088))).toEqual([
            {
                policy: DETERMINED,
                message: expect.stringMatching(
                    /cannot be determined, so it is refused\.\nPulumi\.dev\.yaml is missing/,
                ),
            },
        ]);
        expect(await analyseStack(undetermined, [service()])).toEqual([]);
    });

    test("obeys the levels of the stack, and says which rules they lower", async () => {
        const lowered = matricePolicies(() => ({ ...context, levels: { "service-port-listed": "advisory" } }));
        expect(await analyse(lowered, service("api", 8088))).toEqual([
            expect.objectContaining({ policy: "service-port-listed", enforcementLevel: "advisory" }),
        ]);
        expect(await analyseStack(lowered, [service()])).toContainEqual(
            expect.objectContaining({ policy: LOWERED, message: expect.stringContaining("by matrice:policies") }),
        );
        expect(await analyseStack(policies, [service()])).not.toContainEqual(
            expect.objectContaining({ policy: LOWERED }),
        );
    });

    test("learns the platform of a stack once", async () => {
        const load = jest.fn(() => context);
        const own = matricePolicies(load);
        await analyse(own, service());
        await analyse(own, deployment());
        await analyse(own, service(), "prod");
        expect(load.mock.calls).toEqual([[urnOf(service())], [urnOf(service(), "prod")]]);
    });

    test("runs the stack's rules with the resource's URN, advisory findings staying so", async () => {
        const violations = await analyseStack(policies, [namespace(), service()]);
        expect(violations).toContainEqual({
            policy: "default-deny-present",
            message: expect.stringContaining("Namespace rides: no default-deny"),
            urn: urnOf(namespace()),
        });
        expect(violations).toContainEqual(
            expect.objectContaining({ policy: "flows-realised", enforcementLevel: "advisory" }),
        );
    });

    test("sees the stack although values are unknown", async () => {
        const api = edit(deployment(), ({ metadata, spec }) => {
            metadata.uid = UNKNOWN;
            spec.template.spec.containers[0].image = UNKNOWN;
        });
        const deny = edit(defaultDeny("rides"), ({ metadata }) => (metadata.uid = UNKNOWN));
        const violations = await analyseStack(policies, [namespace(), deny, api]);
        expect(new Set(violations.map((one) => one.policy))).toEqual(new Set(["flows-realised"]));
    });
});
