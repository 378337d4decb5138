import { cut, text } from "../../admission/cel";
import { admissionObjects, policiesOf } from "../../admission/compile";
import { object, Phrases } from "../../admission/phrases";
import { parseAdmissionSettings } from "../../admission/settings";
import type { KubernetesObject } from "../../network";
import { objectRules } from "../../rules";
import { servicePortListed } from "../../rules/service-port-listed";
import { context, matrix } from "../rules/factories";

const settings = parseAdmissionSettings(undefined);
const [parameters, ...policies] = admissionObjects({ ...context, settings });
const ofKind = (kind: string) => policies.filter((one) => one.kind === kind);

describe("the objects of admission", () => {
    test("are one ConfigMap, and a policy with its binding a group of kinds", () => {
        const names = ["pods", "services", "network-policies", "endpoints", "routes", "namespaces"];
        const named = (one: KubernetesObject) => one.metadata.name;
        expect(ofKind("ValidatingAdmissionPolicy").map(named)).toEqual(names.map((name) => `rides-${name}`));
        expect(ofKind("ValidatingAdmissionPolicyBinding").map(named)).toEqual(names.map((name) => `rides-${name}`));
    });

    test("refuse what they can't judge", () => {
        for (const { spec } of ofKind("ValidatingAdmissionPolicy")) expect(spec.failurePolicy).toBe("Fail");
        for (const { spec } of ofKind("ValidatingAdmissionPolicyBinding")) {
            expect(spec.paramRef.parameterNotFoundAction).toBe("Deny");
            expect(spec.validationActions).toEqual(["Deny", "Audit"]);
        }
    });

    test("reach the namespaces of the platform and no other", () => {
        for (const { spec } of ofKind("ValidatingAdmissionPolicyBinding"))
            expect(spec.matchResources.namespaceSelector).toEqual({
                matchExpressions: [
                    { key: "kubernetes.io/metadata.name", operator: "In", values: [...matrix.namespaces] },
                ],
            });
    });

    test("keep their parameters where none of the platform's own accounts writes", () => {
        expect(matrix.namespaces).not.toContain(parameters.metadata.namespace);
        expect(parameters.immutable).toBe(true);
    });

    test("are named after the parameters' content: another matrix never takes the name of one in use", () => {
        const [other] = admissionObjects({ ...context, settings: { ...settings, breakGlass: "others" } });
        const [same] = admissionObjects({ ...context, settings });
        expect(other.metadata.name).not.toBe(parameters.metadata.name);
        expect(same.metadata.name).toBe(parameters.metadata.name);
    });

    test("hold no number of the matrix: a row changes parameters alone", () => {
        for (const { spec } of ofKind("ValidatingAdmissionPolicy"))
            expect(JSON.stringify(spec)).not.toMatch(/\b(6379|27017|9091|49152)\b/);
    });
});

describe("sentences", () => {
    const files = context.platformFiles;
    const service = object("v1", "Service", {
        spec: { ports: [{ port: 41111 }], selector: { "app.kubernetes.io/name": "listener" } },
    });

    test("are the rule's own, cut where the example's words stand", () => {
        const phrases = new Phrases(files);
        const parts = { ...phrases.role, "41111/TCP": "port", "| 41111 | TCP |": "cells" };
        expect(phrases.of(servicePortListed, service, parts)).toBe(
            "variables.resource + ': ' + port + ' of role ' + variables.title + ' is not in the matrix. ' + variables.listening" +
                " + ' To allow it, add to matrix.md:  | <source> | ' + variables.title + ' ' + cells + ' <why> |'",
        );
    });

    test("are refused when a word of the example is left in them", () => {
        const phrases = new Phrases(files);
        expect(() => phrases.of(servicePortListed, service, {})).toThrow(/of the example is left in/);
    });

    test("are refused when the rule says something else than was cut", () => {
        expect(() => cut("a b", { c: "x" })).toThrow('"c" does not stand in: a b');
    });

    test("keep quotes and backslashes as they are", () => {
        expect(text(`it's "so" \\d`)).toBe(`'it\\'s "so" \\\\d'`);
    });
});

test("every rule that a policy holds is a rule of the preview", () => {
    const held = new Set(policiesOf(context).flatMap(({ rules }) => rules.map(({ rule }) => rule)));
    const names = objectRules.map(({ name }) => name);
    expect([...held].filter((name) => !names.includes(name))).toEqual([]);
    expect(names.filter((name) => !held.has(name))).toEqual(["target-port-listed"]);
});

describe("the setting matrice:admission", () => {
    test("is on without being set, with a group that breaks the glass", () => {
        expect(parseAdmissionSettings(undefined)).toEqual({
            enabled: true,
            breakGlass: "matrice:break-glass",
            challenges: "system:serviceaccount:cert-manager:cert-manager",
        });
    });

    test("takes JSON, as Pulumi keeps it", () => {
        expect(parseAdmissionSettings('{"breakGlass":""}')).toMatchObject({ enabled: true, breakGlass: "" });
    });

    test.each([
        [{ breakGlass: "system:authenticated" }, /breakGlass: everybody is of it/],
        [{ enabled: "yes" }, /matrice:admission\.enabled: .*expected true or false[^]*pulumi config set/],
        [{ group: "x" }, /matrice:admission\.group: unknown key[^]*pulumi config rm --stack prod/],
    ])("refuses %j with the command that mends it", (value, message) => {
        expect(() => parseAdmissionSettings(value, { stack: "prod" })).toThrow(message);
    });
});
