import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { clusterAccess } from "../../../../toolchain/standins/kubernetes/kubeconfig";

const config = {
    "current-context": "one",
    contexts: [
        { name: "one", context: { cluster: "c1", user: "u1", namespace: "shop" } },
        { name: "two", context: { cluster: "c2", user: "u2" } },
        { name: "broken", context: { cluster: "nowhere" } },
    ],
    clusters: [
        {
            name: "c1",
            cluster: {
                server: "https://one:6443/",
                "certificate-authority-data": Buffer.from("CA").toString("base64"),
            },
        },
        { name: "c2", cluster: { server: "https://two:6443", "insecure-skip-tls-verify": true } },
        { name: "proxied", cluster: { server: "https://x", "proxy-url": "http://p" } },
    ],
    users: [
        {
            name: "u1",
            user: { "client-certificate": "cert.pem", "client-key-data": Buffer.from("KEY").toString("base64") },
        },
        { name: "u2", user: { token: "abc" } },
    ],
};

describe("which cluster a kubeconfig means", () => {
    let folder: string;
    beforeAll(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "kubeconfig-"));
        fs.writeFileSync(path.join(folder, "config"), JSON.stringify(config));
        fs.writeFileSync(path.join(folder, "cert.pem"), "CERT");
        fs.writeFileSync(path.join(folder, "broken"), "a: [b: secret-of-mine");
    });
    afterAll(() => fs.rmSync(folder, { recursive: true }));
    const file = () => path.join(folder, "config");
    const env = () => ({ KUBECONFIG: file() });

    test("the current context, with its certificates, relative paths from the file's folder", () => {
        expect(clusterAccess({}, env())).toEqual({
            server: "https://one:6443",
            origin: `context "one" of ${file()}`,
            namespace: "shop",
            ca: "CA",
            serverName: undefined,
            insecure: false,
            cert: "CERT",
            key: "KEY",
        });
    });

    test("a chosen context and namespace go before those of the file", () =>
        expect(clusterAccess({ context: "two", namespace: "n" }, env())).toMatchObject({
            server: "https://two:6443",
            namespace: "n",
            insecure: true,
            authorization: "Bearer abc",
        }));

    test("of several files the first that has a name wins", () => {
        const other = path.join(folder, "other");
        fs.writeFileSync(
            other,
            JSON.stringify({
                "current-context": "two",
                clusters: [{ name: "c2", cluster: { server: "https://other" } }],
            }),
        );
        const access = clusterAccess({}, { KUBECONFIG: `${other}${path.delimiter}${file()}` });
        expect(access).toMatchObject({ server: "https://other", authorization: "Bearer abc" });
    });

    test("the content may be given in place of a path", () =>
        expect(clusterAccess({ kubeconfig: JSON.stringify(config), context: "two" }, {})).toMatchObject({
            server: "https://two:6443",
        }));

    test("a credential command gives the token", () => {
        const users = [
            {
                name: "u2",
                user: {
                    exec: {
                        command: "sh",
                        args: ["-c", 'echo \'{"status":{"token":"t-\'$WHO\'"}}\''],
                        env: [{ name: "WHO", value: "me" }],
                    },
                },
            },
        ];
        const content = JSON.stringify({ ...config, users });
        expect(clusterAccess({ kubeconfig: content, context: "two" }, {})).toMatchObject({
            authorization: "Bearer t-me",
        });
    });

    test.each<[string, Parameters<typeof clusterAccess>, RegExp]>([
        ["no file", [{}, { KUBECONFIG: "/absent" }], /^no kubeconfig at \/absent; set KUBECONFIG/],
        ["no such context", [{ context: "three" }, {}], /has no context "three" \(it has: one, two, broken\)/],
        ["no such cluster", [{ context: "broken" }, {}], /has no cluster "nowhere"/],
        ["a proxy", [{ context: "two", cluster: "proxied" }, {}], /proxy-url, which is not supported/],
    ])("%s: says so", (_what, [choice, given], message) =>
        expect(() => clusterAccess(choice, Object.keys(given ?? {}).length > 0 ? given : env())).toThrow(message),
    );

    test("a file that is no YAML is not quoted, as it may hold keys", () => {
        const read = () => clusterAccess({}, { KUBECONFIG: path.join(folder, "broken") });
        expect(read).toThrow(/is not YAML/);
        expect(read).not.toThrow(/secret-of-mine/);
    });
});
