import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import {
    components,
    deadComponents,
    forgetForeignPids,
    requireSupported,
    whereItStopped,
} from "../../../toolchain/cluster/health";

const answer = (gitVersion: string) => JSON.stringify({ major: "1", gitVersion }, undefined, 2);

describe("requireSupported", () => {
    it("takes a control plane one minor version either side of the pinned one", () => {
        const versions = ["v1.34.0", "v1.35.4", "v1.36.1+vendor"].map((text) =>
            requireSupported(answer(text), "x", []),
        );
        expect(versions.map(({ minor }) => minor)).toEqual([34, 35, 36]);
    });

    it.each(["v1.33.9", "v1.37.0", "v2.0.0", ""])("refuses version %j, naming context, version and mend", (version) => {
        const call = () => requireSupported(answer(version), "prod-cluster", ["upgrade it"]);
        expect(call).toThrow(/context prod-cluster runs Kubernetes .*supported are 1\.34\.0.*Nothing was changed/);
        expect(call).toThrow(expect.objectContaining({ mends: ["upgrade it"] }));
    });
});

describe("a cluster's folder", () => {
    let folder: string;
    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "cluster-"));
        fs.mkdirSync(path.join(folder, "pids"));
        fs.mkdirSync(path.join(folder, "logs"));
    });
    afterEach(() => fs.rmSync(folder, { recursive: true }));

    it("whose process ids now belong to other programs is dead, and the ids are forgotten", () => {
        fs.writeFileSync(path.join(folder, "pids", "etcd.pid"), String(process.pid));
        expect(deadComponents(folder)).toEqual(components);
        forgetForeignPids(folder);
        expect(fs.readdirSync(path.join(folder, "pids"))).toEqual([]);
    });

    it("names the first component that is down and the end of its log", () => {
        fs.writeFileSync(path.join(folder, "logs", "etcd.log"), "starting\nno space left on device\n");
        expect(whereItStopped(folder).text).toMatch(/^etcd says in .*etcd\.log:\nstarting\nno space left on device$/);
    });
});
