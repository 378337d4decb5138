import { readFileSync } from "node:fs";
import { join } from "node:path";
import { folder, matrice } from "./run";

const shop = join(__dirname, "fixtures/shop.yaml");
const text = readFileSync(shop, "utf8");
const listed =
    "0.0.0.0-255.255.255.255 => shop/web[Deployment] : All Connections\n" +
    "203.0.113.0-203.0.113.127 => shop/api[Deployment] : TCP 8080\n" +
    "shop/web[Deployment] => 0.0.0.0-255.255.255.255 : All Connections\n" +
    "shop/web[Deployment] => shop/api[Deployment] : TCP 8080\n";

test("reach lists what connects by the objects of a folder, as netpol-analyzer does", async () => {
    const at = folder({ "shop.yaml": text, "notes.txt": "not: [read" });
    expect(await matrice("reach", "--ipv4", at("."))).toEqual({ code: 0, out: listed, err: "" });
});

test("reach lists IPv6 addresses too unless told not to", async () => {
    const { out } = await matrice("reach", shop);
    expect(out).toContain("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff => shop/web[Deployment] : All Connections\n");
});

test("JSON is that of netpol-analyzer", async () => {
    const { out } = await matrice("reach", shop, "--ipv4", "--format", "json");
    expect(JSON.parse(out)).toContainEqual({
        src: "shop/web[Deployment]",
        dst: "shop/api[Deployment]",
        conn: "TCP 8080",
    });
});

test.each([
    ["with a byte order mark", `\ufeff${text}`],
    ["with Windows line ends", text.replaceAll("\n", "\r\n")],
    [
        "with a comment behind a value, an anchor and folded text",
        text.replace("name: web\n", "name: &n web # the pages\n"),
    ],
    ["with documents that are empty or no objects", `---\n---\n# nothing\n---\nvalues: 1\n---\n${text}---\n`],
    [
        "that starts with a directive and ends documents",
        `%YAML 1.2\n---\n${text.replaceAll("\n---\n", "\n...\n---\n")}`,
    ],
])("objects in a file %s are the same", async (_, changed) => {
    expect((await matrice("reach", "--ipv4", folder({ "shop.yaml": changed })("."))).out).toBe(listed);
});

test("what is no YAML is refused at its place in the file, whichever document it is in", async () => {
    const at = folder({ "shop.yaml": `${text}---\nkind: [\n` });
    const line = text.split("\n").length + 1;
    expect(await matrice("reach", at("shop.yaml"))).toMatchObject({
        code: 2,
        out: "",
        err: expect.stringMatching(new RegExp(`shop\\.yaml:${line + 1}:1: this is not YAML: `)),
    });
});

test("a policy that the API server would refuse is named", async () => {
    const at = folder({ "shop.yaml": text.replace("cidr: 203.0.113.0/24", "cidr: 203.0.113.0") });
    expect((await matrice("reach", at("shop.yaml"))).err).toBe(
        'matrice: NetworkPolicy shop/api, ingress[0]: "203.0.113.0" has no prefix length: did you mean 203.0.113.0/32?\n',
    );
});

test.each([
    ["a path that is not there", "missing", /missing: there is no such file\.\n$/],
    ["a folder without manifests", ".", /there is no \.yaml, \.yml or \.json file in it\.\n$/],
])("reach of %s says so", async (_, name, message) => {
    const { code, err } = await matrice("reach", folder({ "notes.txt": "" })(name));
    expect(code).toBe(2);
    expect(err).toMatch(message);
});

test("a file that is not UTF-8 is named", async () => {
    const at = folder({ "shop.yaml": Buffer.from([0x61, 0x3a, 0xff]) });
    expect((await matrice("reach", at("shop.yaml"))).err).toMatch(/shop\.yaml: this is not UTF-8 text\.\n$/);
});
