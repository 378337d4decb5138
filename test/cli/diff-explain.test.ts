import { readFileSync } from "node:fs";
import { join } from "node:path";
import { document, eChauffeur, folder, matrice } from "./run";

const matrix = join(eChauffeur, "matrix.md");
const text = readFileSync(matrix, "utf8");

test("diff says which flows open and close; openings to the outside come first", async () => {
    const at = folder({
        "old.md": document("|API|Redis|6379|TCP|Sockets|", "|API|Mongo|27017|TCP|Data|"),
        "new.md": document(
            "|API|Mongo|27017|TCP|Data|",
            "|API|Cache|6379|TCP|Sockets|",
            "|Internet|API|443|TCP|Calls|",
        ),
    });
    expect(await matrice("diff", at("old.md"), at("new.md"))).toEqual({
        code: 0,
        out:
            `+ opened   Internet → API 443/TCP  ${at("new.md")}:5  Calls\n` +
            `+ opened   API → Cache 6379/TCP  ${at("new.md")}:4  Sockets\n` +
            `- closed   API → Redis 6379/TCP  ${at("old.md")}:3\n` +
            "2 flows opened, 1 closed, 0 changed\n",
        err: "",
    });
});

test("diff of equal matrices says so, and --exit-code tells a script", async () => {
    const at = folder({ "copy.md": text, "less.md": text.replace(/\|API\|Redis.*\n/, "") });
    expect(await matrice("diff", matrix, at("copy.md"), "--exit-code")).toMatchObject({
        code: 0,
        out: "No flow differs.\n",
    });
    expect(await matrice("diff", matrix, at("less.md"), "--exit-code")).toMatchObject({ code: 1 });
});

test("explain names the row and the rules that allow a connection", async () => {
    const { code, out } = await matrice("explain", "API", "Redis", "6379", "-m", matrix);
    expect(code).toBe(0);
    expect(out).toMatch(
        /^API → Redis 6379\/TCP is allowed\.\n {2}row .*matrix\.md:13 .*\n {2}egress .* e-chauffeur\/api, egress\[\d\]\n {2}ingress .* e-chauffeur\/redis, ingress\[0\]\n$/,
    );
});

test("explain of a refused connection names the rows that stand and the one that would allow it", async () => {
    expect(await matrice("explain", "API", "Redis", "6380/tcp", "-m", matrix)).toEqual({
        code: 1,
        out:
            "API → Redis 6380/TCP is refused: no row opens it.\n" +
            `  API → Redis 6379/TCP stands in ${matrix}:13.\n` +
            `  To allow it, add to ${matrix}:  | API | Redis | 6380 | TCP | <why> |\n`,
        err: "",
    });
});

test("explain judges addresses outside the cluster", async () => {
    expect((await matrice("explain", "8.8.8.8", "Proxy", "443", "-m", matrix)).code).toBe(0);
    expect((await matrice("explain", "API", "8.8.8.8", "443", "-m", matrix)).code).toBe(0);
    expect((await matrice("explain", "API", "169.254.169.254", "443", "-m", matrix)).code).toBe(1);
    expect((await matrice("explain", "8.8.8.8", "MongoDB", "27017", "-m", matrix)).code).toBe(1);
});

test("explain says when no policy holds a connection", async () => {
    const { code, out } = await matrice(
        "explain",
        "Administrateur technique",
        "Cluster (control plane kubernetes)",
        "6443",
        "-m",
        matrix,
    );
    expect(code).toBe(0);
    expect(out).toContain("No policy holds it");
});

test("explain of an unknown role asks for the one that was meant", async () => {
    expect(await matrice("explain", "API", "Rediss", "6379", "-m", matrix)).toMatchObject({
        code: 2,
        err: expect.stringContaining('did you mean "Redis"?'),
    });
});
