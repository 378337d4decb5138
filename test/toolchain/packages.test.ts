interface Lock {
    packages: Record<string, { version?: string; optional?: boolean }>;
}

const { differences } = jest.requireActual<{ differences(wanted: Lock, installed: Lock): string[] }>(
    "../../toolchain/packages",
);
const lock = (packages: Lock["packages"]): Lock => ({ packages });

describe("differences between package-lock.json and node_modules", () => {
    it("are packages that are missing or of another version", () => {
        const wanted = lock({
            "": { version: "0.1.0" },
            "node_modules/a": { version: "1.0.0" },
            "node_modules/b": { version: "1.0.0" },
            "node_modules/c": { version: "1.0.0" },
        });
        const installed = lock({ "node_modules/a": { version: "1.0.0" }, "node_modules/b": { version: "1.1.0" } });
        expect(differences(wanted, installed)).toEqual(["node_modules/b", "node_modules/c"]);
    });

    it("are not packages for other platforms", () => {
        const wanted = lock({ "node_modules/@esbuild/aix-ppc64": { version: "1.0.0", optional: true } });
        expect(differences(wanted, lock({}))).toEqual([]);
    });
});
