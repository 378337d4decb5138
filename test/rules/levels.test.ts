import { SettingsError } from "../../network";
import { atLevels, checkObject, checkStack, loweredFindings, loweredRules, parseLevels, ruleNames } from "../../rules";
import { context, edit, namespace, service } from "./factories";

const parse = (value: unknown) => parseLevels(value, { rules: ruleNames(), stack: "prod" });
const rogue = () => service("api", 8088);
const found = (levels: unknown, object = rogue()) =>
    checkObject(object, { ...context, levels: parse(levels) }).map(({ level, rule }) => `${level} ${rule}`);

describe("the levels of a stack", () => {
    test("are each rule's own without the setting", () => {
        expect(parse(undefined)).toEqual({});
        expect(found(undefined)).toEqual(["mandatory service-port-listed"]);
        expect(loweredFindings(parse(undefined))).toEqual([]);
    });

    test("lower one rule and leave the others", () => {
        const two = edit(rogue(), ({ spec }) => delete spec.selector["matrice.dev/connected"]);
        expect(found({ "service-port-listed": "advisory" }, two)).toEqual([
            "advisory service-port-listed",
            "mandatory connected-label-present",
        ]);
        expect(found({ "service-port-listed": "disabled" })).toEqual([]);
    });

    test("raise a rule that only advises, and rules about the stack", () => {
        const levels = parse({ "flows-realised": "mandatory", "default-deny-present": "disabled" });
        const findings = checkStack([namespace()], { ...context, levels });
        expect(new Set(findings.map(({ level, rule }) => `${level} ${rule}`))).toEqual(
            new Set(["mandatory flows-realised"]),
        );
    });

    test("are read from the JSON that Pulumi keeps", () => {
        expect(parse('{"nothing-wider":"advisory"}')).toEqual({ "nothing-wider": "advisory" });
    });

    test("never raise what an object is excepted from", () => {
        const exception = { rule: "r", owner: "Ada", reason: "moves", expires: "2026-12-31" };
        const finding = { rule: "r", level: "advisory" as const, resource: "Service a/b", message: "m", exception };
        expect(atLevels([finding], { r: "mandatory" })).toEqual([finding]);
    });

    test("are listed, those that no longer stop a change", () => {
        const levels = parse({
            "nothing-wider": "disabled",
            "role-known": "advisory",
            "flows-realised": "mandatory",
        });
        expect(loweredRules(levels)).toEqual(["nothing-wider", "role-known"]);
        expect(loweredFindings(levels)).toEqual([
            {
                rule: "nothing-wider",
                level: "advisory",
                resource: "Stack",
                message: "Stack: nothing-wider is disabled by matrice:policies: nothing is held to it.",
            },
            {
                rule: "role-known",
                level: "advisory",
                resource: "Stack",
                message: "Stack: role-known is advisory by matrice:policies: what it finds stops nothing.",
            },
        ]);
    });

    test.each([
        [
            { "nothing-wide": "advisory" },
            /no such rule: did you mean "nothing-wider"\?\n {4}Run: pulumi config rm --stack prod/,
        ],
        [{ "nothing-wider": "off" }, /"off" is none of mandatory, advisory, disabled/],
        ["advisory", /holds the levels of rules, by name/],
        [["nothing-wider"], /holds the levels of rules, by name/],
    ])("are refused where they are wrong: %j", (value, message) => {
        expect(() => parse(value)).toThrow(SettingsError);
        expect(() => parse(value)).toThrow(message);
    });
});
