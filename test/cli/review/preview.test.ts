import { readPreview } from "../../../cli/review/preview";
import { eventStream, preview, step } from "./previews";

const deployment = (op: string, more: object = {}) =>
    step({
        op,
        type: "kubernetes:apps/v1:Deployment",
        name: "api",
        component: "api",
        inputs: { metadata: { name: "api", namespace: "shop" } },
        ...more,
    });

const read = (json: object) => readPreview(JSON.stringify(json), "preview.json");

const finding = (level: string, text = "Service shop/rogue: 8088/TCP of role API is not in the matrix.") => ({
    severity: level === "mandatory" ? "error" : "warning",
    message: `${level === "mandatory" ? "error" : "warning"}: [${level}] service-port-listed  ${text}\n`,
});

describe("a preview's JSON", () => {
    test("groups resources by their outermost component and names them as the cluster does", () => {
        expect(read(preview([deployment("create")])).components).toEqual([
            {
                component: "api",
                created: [{ name: "Deployment shop/api", paths: [] }],
                changed: [],
                replaced: [],
                deleted: [],
            },
        ]);
    });

    test("tells paths of what changes, never values", () => {
        const detailedDiff = { "spec.replicas": { kind: "update" }, "spec.selector": { kind: "update-replace" } };
        const [{ changed }] = read(preview([deployment("update", { detailedDiff })])).components;
        expect(changed).toEqual([
            { name: "Deployment shop/api", paths: ["spec.replicas", "spec.selector (replaces)"] },
        ]);
    });

    test.each([
        ["kubernetes:apps/v1:StatefulSet", false, "its members' data stand behind it"],
        ["kubernetes:core/v1:PersistentVolumeClaim", false, "the data behind it"],
        ["kubernetes:core/v1:Namespace", false, "everything in it goes with it"],
        ["random:index/randomPassword:RandomPassword", false, "a value that others already know"],
        ["kubernetes:core/v1:ConfigMap", true, "protected: it holds data"],
        ["kubernetes:core/v1:ConfigMap", false, undefined],
    ])("says what is lost with a deleted %s (protected: %s)", (type, protect, holds) => {
        const [{ deleted }] = read(preview([step({ op: "delete", type, name: "x", protect })])).components;
        expect(deleted[0].holds).toBe(holds);
    });

    test("tells a replacement once, whatever the number of its steps", () => {
        const steps = ["create-replacement", "replace", "delete-replaced"].map((op) => deployment(op));
        const [{ created, replaced, deleted }] = read(preview(steps)).components;
        expect([created.length, replaced.length, deleted.length]).toEqual([0, 1, 0]);
    });

    test("has the guard's findings, mandatory ones first, and its other errors", () => {
        const error = { severity: "error", message: "error: no answer" };
        const { findings, errors } = read(
            preview([], [finding("advisory", "Role X: idle."), error, finding("mandatory")]),
        );
        expect(findings.map(({ level, rule }) => [level, rule])).toEqual([
            ["mandatory", "service-port-listed"],
            ["advisory", "service-port-listed"],
        ]);
        expect(errors).toEqual(["error: no answer"]);
    });

    test("as events has the pack's findings as well, said once", () => {
        const message = "Service shop/rogue: 8088/TCP of role API is not in the matrix.";
        const policies = [
            {
                policyName: "service-port-listed",
                enforcementLevel: "mandatory",
                message: `<{%reset%}>${message}<{%reset%}>`,
            },
            { policyName: "role-known", enforcementLevel: "mandatory", message: "Pod shop/x is of no role." },
        ];
        const stream = eventStream(preview([deployment("create")], [finding("mandatory")]), policies);
        const { findings, components, unchanged } = readPreview(stream, "events.json");
        expect(findings).toEqual([
            { level: "mandatory", rule: "service-port-listed", message },
            { level: "mandatory", rule: "role-known", message: "Pod shop/x is of no role." },
        ]);
        expect(components[0].created).toHaveLength(1);
        expect(unchanged).toBe(41);
    });

    test("is found behind what a wrapper printed", () => {
        const text = `warning: a word\n${JSON.stringify(preview([deployment("create")]))}\n`;
        expect(readPreview(text, "preview.json").components).toHaveLength(1);
    });

    test.each([
        ["", "it is not JSON"],
        ["Previewing update (dev)", "it is not JSON"],
        ["[1]", "it is not JSON"],
        ['{"steps": 3}', "steps: "],
    ])("that is none (%j) is refused", (text, why) => {
        expect(() => readPreview(text, "preview.json")).toThrow(
            expect.objectContaining({
                message: expect.stringContaining(
                    `preview.json: this is not the output of \`pulumi preview --json\`: ${why}`,
                ),
            }),
        );
    });
});
