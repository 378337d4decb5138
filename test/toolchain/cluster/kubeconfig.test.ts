import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { readKubeconfig, writeOwnKubeconfig } from "../../../toolchain/cluster/kubeconfig";

describe("writeOwnKubeconfig", () => {
    it("puts everything under one name, with the certificates inside, readable by its owner alone", () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "kubeconfig-"));
        const inside = (name: string) => path.join(folder, name);
        for (const name of ["ca.crt", "admin.crt", "admin.key"]) fs.writeFileSync(inside(name), name);
        const server = "https://127.0.0.1:16443";
        fs.writeFileSync(
            inside("source"),
            stringify({
                "current-context": "kwok-x",
                clusters: [{ name: "kwok-x", cluster: { server, "certificate-authority": inside("ca.crt") } }],
                contexts: [{ name: "kwok-x", context: { cluster: "kwok-x", user: "kwok-x" } }],
                users: [
                    {
                        name: "kwok-x",
                        user: { "client-certificate": inside("admin.crt"), "client-key": inside("admin.key") },
                    },
                ],
            }),
        );
        writeOwnKubeconfig(inside("source"), inside("own"), "matrice-x");
        const data = (name: string) => Buffer.from(name).toString("base64");
        expect(readKubeconfig(inside("own"))).toEqual({
            apiVersion: "v1",
            kind: "Config",
            "current-context": "matrice-x",
            clusters: [{ name: "matrice-x", cluster: { server, "certificate-authority-data": data("ca.crt") } }],
            contexts: [{ name: "matrice-x", context: { cluster: "matrice-x", user: "matrice-x" } }],
            users: [
                {
                    name: "matrice-x",
                    user: { "client-certificate-data": data("admin.crt"), "client-key-data": data("admin.key") },
                },
            ],
        });
        expect(fs.statSync(inside("own")).mode & 0o777).toBe(0o600);
        fs.rmSync(folder, { recursive: true });
    });
});
