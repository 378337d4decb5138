import {
    explain,
    isAboutPredecessor,
    isDryRunBlind,
    isForced,
    UnknownKindError,
} from "../../../../toolchain/standins/kubernetes/apply";
import { ApiError } from "../../../../toolchain/standins/kubernetes/client";

const inputs = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "n" } };
const refusal = (code: number, message: string, causes: { reason: string }[] = []) =>
    new ApiError(code, { message, details: { causes } });

test.each([
    ["a namespace still to come", refusal(404, 'namespaces "n" not found'), true],
    ["a kind still to come", new UnknownKindError("example.org/v1", "Tool"), true],
    ["a webhook without dry run", refusal(400, "admission webhook x does not support dry run"), true],
    ["an unknown field", refusal(400, "unknown field spec.x"), false],
    ["an invalid object", refusal(422, "invalid"), false],
    ["no permission", refusal(403, "may not"), false],
])("a dry run that fails by %s says nothing against the change: %s", (_what, error, blind) =>
    expect(isDryRunBlind(error)).toBe(blind),
);

test("refusals on account of the object that stands there are told from others", () => {
    expect(isAboutPredecessor(refusal(422, "spec.selector: field is immutable"))).toBe(true);
    expect(isAboutPredecessor(refusal(409, "conflict"))).toBe(true);
    expect(isAboutPredecessor(refusal(422, "spec.replicas: must not be negative"))).toBe(false);
});

test.each([
    [
        "a conflict",
        refusal(409, "Apply failed", [{ reason: "FieldManagerConflict" }]),
        /pulumi\.com\/patchForce.*enablePatchForce: true/,
    ],
    ["a missing namespace", refusal(404, 'namespaces "n" not found'), /Make the namespace part of the program/],
    ["an unknown field", refusal(400, 'strict decoding error: unknown field "x"'), /kubectl explain configmap/],
    [
        "a field that is in no schema",
        refusal(500, "failed to create typed patch object (n/a; v1, Kind=ConfigMap): .x: field not declared in schema"),
        /: unknown field: \.x: field not declared/,
    ],
])("%s is explained with the mend", (_what, error, mend) => {
    expect(explain(error, inputs)).toMatch(/^ConfigMap n\/a was refused by the Kubernetes API: /);
    expect(explain(error, inputs)).toMatch(mend);
});

test("the annotation decides about force, else the configuration", () => {
    const annotated = (value: string) => ({
        ...inputs,
        metadata: { ...inputs.metadata, annotations: { "pulumi.com/patchForce": value } },
    });
    expect(isForced(inputs, true)).toBe(true);
    expect(isForced(annotated("true"), false)).toBe(true);
    expect(isForced(annotated("false"), true)).toBe(false);
});
