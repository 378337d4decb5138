import * as pulumi from "@pulumi/pulumi";
import { settledProps } from "../../policies/plain";
import { Guard } from "../../policies/transform";
import { UNKNOWN, type Levels } from "../../rules";
import { context, defaultDeny, deployment, service } from "../rules/factories";

const SERVICE = "kubernetes:core/v1:Service";
const secret = (value: unknown) => ({
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    value,
});

function guard(dryRun: boolean, levels?: Levels) {
    const errors: string[] = [];
    const warnings: string[] = [];
    const print = { error: (text: string) => errors.push(text), warn: (text: string) => warnings.push(text) };
    return { guard: new Guard({ ...context, levels }, print, () => dryRun), errors, warnings };
}

describe("the stack transform", () => {
    test("prints a finding once and fails a preview at the end alone", async () => {
        const { guard: one, errors } = guard(true);
        await one.check(SERVICE, "rogue", service("api", 8088));
        await one.check(SERVICE, "rogue", service("api", 8088));
        await one.check("kubernetes:apps/v1:Deployment", "miner", deployment("miner"));
        expect(errors).toEqual([
            expect.stringMatching(/^\[mandatory\] service-port-listed {2}Service rides\/api: 8088\/TCP/),
            expect.stringMatching(/^\[mandatory\] role-known {2}Deployment rides\/miner/),
        ]);
        expect(() => one.finish()).toThrow("The matrix does not allow this program: 3 findings above.");
    });

    test("stops a refused resource of an update before it is registered", async () => {
        const { guard: one, errors } = guard(false);
        await expect(one.check(SERVICE, "rogue", service("api", 8088))).rejects.toThrow(
            "Service rides/api is not registered: refused by service-port-listed",
        );
        expect(errors).toHaveLength(1);
    });

    test("passes what the matrix lists, warns of advisory findings and leaves other packages alone", async () => {
        const { guard: one, errors, warnings } = guard(true);
        await one.check(SERVICE, "api", service());
        await one.check("kubernetes:networking.k8s.io/v1:NetworkPolicy", "deny", defaultDeny("rides"));
        await one.check("pulumi:providers:kubernetes", "provider", {});
        await one.check("random:index/randomPassword:RandomPassword", "password", { length: UNKNOWN });
        expect(() => one.finish()).not.toThrow();
        expect(errors).toEqual([]);
        expect(warnings).toContainEqual(expect.stringContaining("[advisory] flows-realised"));
    });

    test("obeys the levels of the stack, and says which rules they lower", async () => {
        const levels = { "service-port-listed": "advisory", "default-deny-present": "disabled" } as const;
        const { guard: one, errors, warnings } = guard(false, levels);
        await one.check(SERVICE, "rogue", service("api", 8088));
        expect(() => one.finish()).not.toThrow();
        expect(errors).toEqual([]);
        for (const words of [
            /^\[advisory\] service-port-listed {2}Service rides\/api: 8088\/TCP/,
            /^\[advisory\] service-port-listed {2}Stack: service-port-listed is advisory by matrice:policies/,
            /^\[advisory\] default-deny-present {2}Stack: default-deny-present is disabled by matrice:policies/,
        ]) {
            expect(warnings).toContainEqual(expect.stringMatching(words));
        }
    });

    test("runs the stack's rules at the end", async () => {
        const { guard: one, errors } = guard(true);
        await one.check(SERVICE, "api", service());
        expect(() => one.finish()).toThrow("1 finding above");
        expect(errors).toEqual([expect.stringContaining("default-deny-present")]);
    });

    test("fills in kind and name from the type and the resource", async () => {
        const { guard: one, errors } = guard(true);
        await one.check("kubernetes:core/v1:ServicePatch", "patch", {
            metadata: { namespace: "rides" },
            spec: { selector: service().spec.selector, ports: [{ port: 8088 }] },
        });
        expect(errors).toEqual([expect.stringContaining("Service rides/patch: 8088/TCP")]);
    });
});

describe("settledProps", () => {
    test("waits for outputs, unwraps secrets and marks what is unknown", async () => {
        const known = pulumi.output({ port: pulumi.output(80), name: pulumi.secret("n") });
        const unknown = new (pulumi.Output as unknown as new (...args: unknown[]) => pulumi.Output<number>)(
            [],
            Promise.resolve(undefined),
            Promise.resolve(false),
            Promise.resolve(false),
            Promise.resolve([]),
        );
        const props = { known, list: [unknown, secret({ deep: secret([1, unknown]) })], plain: null };
        expect(await settledProps(props)).toEqual({
            known: { port: 80, name: "n" },
            list: [UNKNOWN, { deep: [1, UNKNOWN] }],
            plain: null,
        });
    });
});
