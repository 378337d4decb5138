import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { loadPlatform } from "../../matrix";
import { parseNetworkSettings, policies } from "../../network";
import { document, eChauffeur, folder, matrice } from "./run";

const settings = {
    people: { clients: ["203.0.113.0/24"], administrators: ["198.51.100.0/24"], nodes: ["10.20.0.0/24"] },
    controlPlane: { cidrs: ["192.0.2.10/32"] },
};
const objects = (yaml: string) => parseAllDocuments(yaml).map((one) => one.toJS());

test("without an inventory every name is a workload of namespace default, and each rule names its rows", async () => {
    const at = folder({ "flows.md": document("|Web|API|80|HTTP|Pages|") });
    const { code, out, err } = await matrice("compile", at("flows.md"));
    expect([code, err]).toEqual([0, ""]);
    expect(objects(out).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual([
        "default/default-deny",
        "default/api",
        "default/web",
    ]);
    expect(out).toContain(
        [
            "  ingress:",
            `    # Web → API 80/TCP (${at("flows.md")}:3)`,
            "    - from:",
            "        - namespaceSelector:",
            "            matchLabels:",
            "              kubernetes.io/metadata.name: default",
            "          podSelector:",
            "            matchLabels:",
            "              app.kubernetes.io/name: web",
            '              matrice.dev/connected: "true"',
            "      ports:",
            "        - protocol: TCP",
            "          port: 80",
        ].join("\n"),
    );
});

test.each([
    ["the value of matrice:network", settings],
    ["a stack's configuration", { config: { "matrice:platform": "e-chauffeur", "matrice:network": settings } }],
])("with --settings as %s the policies are those of the platform", async (_, content) => {
    const at = folder({ "settings.yaml": JSON.stringify(content) });
    const { out, err } = await matrice("compile", join(eChauffeur, "matrix.md"), "--settings", at("settings.yaml"));
    expect(err).toMatch(/^Using .*annex\.md beside the matrix\.\nUsing .*inventory\.yaml beside the matrix\.\n$/);
    expect(objects(out)).toEqual(policies(loadPlatform(eChauffeur), parseNetworkSettings(settings)));
});

test("without --settings the roles whose addresses are assumed are named", async () => {
    const { code, err } = await matrice("compile", join(eChauffeur, "matrix.md"));
    expect(code).toBe(0);
    expect(err).toMatch(
        /Without --settings any address stands for Client, .*; the internet stands for Serveur SMTP OVH, /,
    );
});

test("settings that are not right are refused with the file and the key", async () => {
    const at = folder({
        "flows.md": document("|Web|API|80|HTTP|Pages|"),
        "settings.yaml": "people: { clients: [10.0.0.0] }",
    });
    const { code, out, err } = await matrice("compile", at("flows.md"), "--settings", at("settings.yaml"));
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(`${at("settings.yaml")}: The setting matrice:network is not right:`);
    expect(err).toContain("matrice:network.people.clients[0]");
});

test("the same matrix gives the same bytes", async () => {
    const [first, second] = [
        await matrice("compile", join(eChauffeur, "matrix.md")),
        await matrice("compile", join(eChauffeur, "matrix.md")),
    ];
    expect(second.out).toBe(first.out);
});
