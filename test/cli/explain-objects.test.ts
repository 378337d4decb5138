import { readFileSync } from "node:fs";
import { join } from "node:path";
import { document, folder, matrice } from "./run";

const shop = join(__dirname, "fixtures/shop.yaml");
const text = readFileSync(shop, "utf8");

test("explain by objects names the rule that opens a connection", async () => {
    expect(await matrice("explain", "web", "shop/api[Deployment]", "8080", shop)).toEqual({
        code: 0,
        out:
            "shop/web[Deployment] → shop/api[Deployment] 8080/TCP is allowed.\n" +
            "  egress   no policy selects shop/web[Deployment]\n" +
            "  ingress  NetworkPolicy shop/api, ingress[0]\n",
        err: "",
    });
});

test("explain by objects names the policies that hold a connection", async () => {
    expect(await matrice("explain", "api", "web", "80", shop)).toMatchObject({
        code: 1,
        out:
            "shop/api[Deployment] → shop/web[Deployment] 80/TCP is refused.\n" +
            "  egress   refused: no rule of NetworkPolicy shop/api lets it through\n" +
            "  ingress  no policy selects shop/web[Deployment]\n",
    });
});

test.each(["api.shop.svc", "api.shop.svc.cluster.local", "shop/api[Service]"])(
    "a Service (%s) is explained by the pods and the port behind it",
    async (service) => {
        expect(await matrice("explain", "web", service, "80", shop)).toMatchObject({
            code: 0,
            out:
                "shop/web[Deployment] → shop/api[Service] 80/TCP is allowed.\n" +
                "  service  80/TCP leads to 8080/TCP of shop/api[Deployment]\n" +
                "  egress   no policy selects shop/web[Deployment]\n" +
                "  ingress  NetworkPolicy shop/api, ingress[0]\n",
        });
    },
);

test("a headless Service translates no port", async () => {
    const at = folder({
        "shop.yaml": text.replace(/( +)(selector:\n +app: api\n +ports:)/, "$1clusterIP: None\n$1$2"),
    });
    const { code, out } = await matrice("explain", "web", "api.shop.svc", "80", at("shop.yaml"));
    expect(code).toBe(1);
    expect(out).toContain("80/TCP leads to 80/TCP of shop/api[Deployment]\n");
});

test.each([
    ["81", text, "is refused: the Service has no such port, it has 80/TCP.\n"],
    ["80/udp", text, "is refused: the Service has no such port, it has 80/TCP.\n"],
    [
        "80",
        text.replace("targetPort: http", "targetPort: web"),
        "is refused: no pod is behind this port of the Service",
    ],
])("a Service's port %s that leads nowhere is refused with the reason", async (port, objects, reason) => {
    const at = folder({ "shop.yaml": objects });
    const { code, out } = await matrice("explain", "web", "api.shop.svc", port, at("shop.yaml"));
    expect(code).toBe(1);
    expect(out).toContain(reason);
});

test("explain by objects judges addresses outside, exceptions included", async () => {
    expect((await matrice("explain", "203.0.113.7", "api.shop.svc", "80", shop)).code).toBe(0);
    expect((await matrice("explain", "203.0.113.200", "api.shop.svc", "80", shop)).code).toBe(1);
});

test("a name that is nothing among the objects asks for the one that was meant", async () => {
    expect(await matrice("explain", "webb", "api", "80", shop)).toMatchObject({
        code: 2,
        err: expect.stringContaining('nothing among the objects is called "webb": did you mean "web"?'),
    });
});

test("a name that several workloads have is refused with all of them", async () => {
    const at = folder({ "shop.yaml": text, "more.yaml": text.replaceAll("shop", "mall") });
    expect((await matrice("explain", "web", "shop/api", "80", at("."))).err).toBe(
        'matrice: "web" is one of several: mall/web[Deployment], shop/web[Deployment].\n',
    );
});

test("explain wants either a matrix or objects", async () => {
    for (const more of [[], ["-m", shop, shop]]) {
        expect(await matrice("explain", "web", "api", "80", ...more)).toMatchObject({
            code: 2,
            err: "matrice: give either a matrix (-m FILE) or files of Kubernetes objects.\n",
        });
    }
});

test("by a matrix, a party that Cilium knows by name is explained by the policy by name", async () => {
    const inventory =
        "platform: shop\nnamespaces: [shop]\nroles:\n    API: { workload: shop/api }\n" +
        "    Mail: { kind: external, hosts: [mail.example] }\n";
    const at = folder({
        "flows.md": document("|API|Mail|587|SMTP|Mail|"),
        "inventory.yaml": inventory,
        "settings.yaml": "cni: cilium\n",
    });
    const { code, out } = await matrice(
        ...["explain", "API", "Mail", "587", "-m", at("flows.md"), "--settings", at("settings.yaml")],
    );
    expect(code).toBe(0);
    expect(out).toContain("  egress   CiliumNetworkPolicy shop/api, egress[0]\n");
});
