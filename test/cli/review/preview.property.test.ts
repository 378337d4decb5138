import fc from "fast-check";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readPreview } from "../../../cli/review/preview";
import { matrice } from "../run";
import { eventStream, preview, step } from "./previews";
import { removeRepositories, shop, TemporaryRepository } from "./repositories";

afterAll(removeRepositories);

const SIGNATURE = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

/** Long enough not to be a word of the comment by chance; with what JSON, addresses and Markdown spell differently. */
const secret = fc
    .tuple(fc.string({ minLength: 4, maxLength: 30 }), fc.stringMatching(/^[A-Z0-9]{12}$/))
    .map(([any, mark]) => `${any}${mark}\n"${mark}|end`);

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** Places where a preview may hold a secret. */
function planted(secrets: readonly string[]): object {
    const [marked, plaintext, data, stringData, password, listed] = secrets;
    const kubernetesSecret = { apiVersion: "v1", kind: "Secret", metadata: { name: "keys", namespace: "shop" } };
    const digest = preview(
        [
            step({
                op: "update",
                type: "kubernetes:core/v1:ConfigMap",
                name: "settings",
                inputs: { metadata: { name: "settings" }, data: { value: { ...SIGNATURE, value: marked } } },
            }),
            step({
                op: "create",
                type: "kubernetes:apps/v1:Deployment",
                name: "api",
                inputs: {
                    spec: { ...SIGNATURE, plaintext: JSON.stringify({ deep: [plaintext] }), ciphertext: "v1:abc" },
                },
            }),
            step({
                op: "replace",
                type: "kubernetes:core/v1:Secret",
                name: "keys",
                inputs: { ...kubernetesSecret, data: { key: base64(data) }, stringData: { other: stringData } },
                detailedDiff: { "data.key": { kind: "update-replace" } },
            }),
            step({
                op: "create",
                type: "kubernetes:core/v1:SecretList",
                name: "list",
                inputs: { items: [{ ...kubernetesSecret, stringData: { key: listed } }] },
            }),
        ],
        [
            // A program that prints what it should not.
            ...secrets.map((text) => ({ severity: "error", message: `error: cannot use ${text} here` })),
            ...secrets.map((text) => ({ severity: "error", message: `error: ${JSON.stringify({ text })}` })),
            { severity: "error", message: `error: GET https://shop.example/?key=${encodeURIComponent(data)}` },
            {
                severity: "error",
                message: `error: [mandatory] service-port-listed  Service shop/x: ${stringData} is not in the matrix.`,
            },
            { severity: "error", message: `error: ${base64(stringData)}` },
        ],
    );
    const { steps } = digest as { steps: object[] };
    const random = step({ op: "create", type: "random:index/randomPassword:RandomPassword", name: "pass" });
    Object.assign(random.newState!, { additionalSecretOutputs: ["result"], outputs: { result: password } });
    return { ...digest, steps: [...steps, random] };
}

const six = fc.array(secret, { minLength: 6, maxLength: 6 });

test.each([
    ["the document that a preview prints", (digest: object) => JSON.stringify(digest)],
    ["the events that a preview streams", (digest: object) => eventStream(digest)],
])("no secret of %s is read out of it", (_, write) => {
    fc.assert(
        fc.property(six, (secrets) => {
            const read = JSON.stringify(readPreview(write(planted(secrets)), "preview.json"));
            for (const text of secrets) {
                const [first, second] = text.split("\n");
                for (const part of [first, second.slice(1, -5)]) {
                    expect(read).not.toContain(JSON.stringify(part).slice(1, -1));
                }
                expect(read).not.toContain(base64(text));
            }
        }),
        { numRuns: 40 },
    );
});

test("no planted secret stands in the comment or in its JSON", async () => {
    const repository = new TemporaryRepository();
    repository.commit(shop());
    const file = join(repository.folder, "preview.json");
    await fc.assert(
        fc.asyncProperty(six, async (secrets) => {
            writeFileSync(file, JSON.stringify(planted(secrets)));
            for (const format of ["markdown", "json"]) {
                const argv = ["HEAD", "HEAD", "--repository", repository.folder, "--preview", file, "--format", format];
                const { code, out } = await matrice("review", ...argv);
                expect(code).toBe(1);
                expect(out).toContain("(secret)");
                for (const text of secrets) {
                    expect(out).not.toContain(text.match(/[A-Z0-9]{12}(?=\n)/)![0]);
                }
            }
        }),
        { numRuns: 5 },
    );
});

test("the words of an error that holds no secret stay", () => {
    const digest = preview([], [{ severity: "error", message: "error: the registry did not answer" }]);
    expect(readPreview(JSON.stringify(digest), "preview.json").errors).toEqual(["error: the registry did not answer"]);
});
