import { version } from "../../package.json";
import { document, eChauffeur, folder, matrice } from "./run";

test("--help lists the commands", async () => {
    const { code, out } = await matrice("--help");
    expect(code).toBe(0);
    for (const command of ["check", "flows", "graph", "compile", "diff", "explain"]) {
        expect(out).toContain(`  ${command} `);
    }
});

test("--version is the package's", async () => {
    expect(await matrice("--version")).toEqual({ code: 0, out: `${version}\n`, err: "" });
});

test("no command is answered by the help and exits with 2", async () => {
    const { code, out, err } = await matrice();
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("Usage: matrice");
});

test("an unknown command is answered by the one that was meant", async () => {
    expect(await matrice("chek", "x.md")).toMatchObject({
        code: 2,
        err: expect.stringContaining("(Did you mean check?)"),
    });
});

test("an unknown format is answered by those there are", async () => {
    const { code, err } = await matrice("flows", "x.md", "--format", "xml");
    expect([code, err]).toEqual([2, expect.stringContaining("Allowed choices are table, json, csv.")]);
});

test("a file that is not there is named", async () => {
    expect(await matrice("check", "nowhere/flows.md")).toEqual({
        code: 2,
        out: "",
        err: "matrice: nowhere/flows.md: there is no such file.\n",
    });
});

test("a platform's folder in place of its matrix is answered by the matrix in it", async () => {
    expect((await matrice("check", eChauffeur)).err).toMatch(/this is a directory; did you mean .*matrix\.md\?\n$/);
});

test("a directory without a matrix is named as one", async () => {
    expect((await matrice("check", folder({})("."))).err).toMatch(
        /this is a directory; give the Markdown document of the matrix\.\n$/,
    );
});

test.each([
    ["a binary file", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0), "this is not a text file"],
    [
        "text in another encoding",
        Uint8Array.of(0x52, 0xe9, 0x67),
        "this is not UTF-8 text; save the document as UTF-8.",
    ],
])("%s is refused as such", async (_, bytes, message) => {
    const at = folder({ "flows.md": bytes });
    expect(await matrice("check", at("flows.md"))).toMatchObject({ code: 2, err: expect.stringContaining(message) });
});

test("a day that does not exist is refused", async () => {
    const at = folder({ "flows.md": document("|API|Redis|6379|TCP|x|") });
    expect(await matrice("check", at("flows.md"), "--on", "2026-02-30")).toMatchObject({
        code: 2,
        err: "matrice: --on 2026-02-30: expected a day such as 2026-11-30.\n",
    });
});

test.each(["flows", "graph", "compile"])("%s of a wrong matrix writes nothing but what is wrong", async (command) => {
    const at = folder({ "flows.md": document("|API|Redis|six|TCP|x|") });
    expect(await matrice(command, at("flows.md"))).toEqual({
        code: 1,
        out: "",
        err: expect.stringContaining('"six" is not a port'),
    });
});
