import { execFileSync } from "node:child_process";
import { exportLines, stackEnvironment } from "../../toolchain/environment";

describe("exportLines", () => {
    it("gives a shell back exactly what went in", () => {
        const value = `it's "quoted" $HOME \\ and spaced`;
        const script = `${exportLines({ VALUE: value })}printf %s "$VALUE"`;
        expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).toBe(value);
    });
});

describe("stackEnvironment", () => {
    it("gives the fixed passphrase and backend to stack dev alone", () => {
        const settings = (stack: string) => stackEnvironment(stack).PULUMI_CONFIG_PASSPHRASE;
        const before = process.env.PULUMI_CONFIG_PASSPHRASE;
        process.env.PULUMI_CONFIG_PASSPHRASE = "my own";
        expect([settings("dev"), settings("prod")]).toEqual(["dev", "my own"]);
        if (before === undefined) delete process.env.PULUMI_CONFIG_PASSPHRASE;
        else process.env.PULUMI_CONFIG_PASSPHRASE = before;
    });
});
