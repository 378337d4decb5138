import { encrypted, Engine, unknown } from "./engine";

jest.setTimeout(60_000);

const program = ({ password = "length: 20", string = "length: 12", rest = "" } = {}) => `
    const password = new random.RandomPassword("password", { ${password} });
    const string = new random.RandomString("string", { ${string} });
    exports.password = password.result;
    exports.string = string.result;
    ${rest}`;
const others = `
    const bytes = new random.RandomBytes("bytes", { length: 16 });
    const id = new random.RandomId("id", { byteLength: 4, prefix: "p-" });
    const uuid = new random.RandomUuid("uuid", {});
    Object.assign(exports, { base64: bytes.base64, hex: bytes.hex, id: id.hex, dec: id.dec, uuid: uuid.result });`;

describe("the random plugin in the engine", () => {
    let engine: Engine;
    beforeAll(async () => {
        engine = await Engine.create();
    });
    afterAll(() => engine.dispose());

    /** Brings the stack to the program. */
    const apply = async (source: string, ...flags: string[]) => {
        engine.program(source);
        await engine.succeed("up", "--yes", "--skip-preview", ...flags);
    };
    let first: Record<string, unknown>;

    test("creates each type; secrets are encrypted in the state and never shown", async () => {
        engine.program(program({ rest: others }));
        const { code, output } = await engine.up();
        expect({ code, output }).toMatchObject({ code: 0 });
        first = await engine.outputs();
        expect(first.password).toMatch(/^.{20}$/);
        expect(first.string).toMatch(/^.{12}$/);
        expect(Buffer.from(first.base64 as string, "base64").toString("hex")).toBe(first.hex);
        expect(first.hex).toMatch(/^[0-9a-f]{32}$/);
        expect(first.id).toMatch(/^p-[0-9a-f]{8}$/);
        expect(first.dec).toBe(`p-${Number.parseInt((first.id as string).slice(2), 16)}`);
        expect(first.uuid).toMatch(/^[0-9a-f-]{36}$/);

        const { text, resources } = await engine.state();
        for (const secret of [first.password, first.base64, first.hex]) {
            expect(text).not.toContain(secret);
            expect(output).not.toContain(secret);
        }
        expect(resources.password.outputs.result).toMatchObject(encrypted);
        expect(resources.string).toMatchObject({ id: first.string, outputs: { result: first.string } });
    });

    test("sees no change when a default is written down, nor at a refresh", async () => {
        engine.program(program({ password: "length: 20, special: true, minLower: 0", rest: others }));
        await engine.succeed("preview", "--expect-no-changes");
        await engine.succeed("refresh", "--yes", "--skip-preview", "--expect-no-changes");
    });

    test("replaces a resource whose keepers or length change, and it alone", async () => {
        const source = program({ password: 'length: 20, keepers: { turn: "2" }', string: "length: 13", rest: others });
        engine.program(source);
        const steps = await engine.preview();
        expect(steps).toMatchObject({ password: { op: "replace" }, string: { op: "replace" } });
        expect(Object.keys(steps)).not.toContain("bytes");
        await apply(source);
        const now = await engine.outputs();
        expect(now.password).not.toBe(first.password);
        expect(now.string).toMatch(/^.{13}$/);
        expect(now).toMatchObject({ base64: first.base64, id: first.id, uuid: first.uuid });
    });

    test("changes only the target of --target, and deletes only what left the program", async () => {
        const before = await engine.outputs();
        const target = "urn:pulumi:dev::probe::random:index/randomString:RandomString::string";
        await apply(program({ password: "length: 21", string: "length: 14" }), "--target", target);
        const { resources } = await engine.state();
        expect(resources.string.outputs.length).toBe(14);
        expect(resources.password.outputs.length).toBe(20);
        expect(resources.uuid.outputs.result).toBe(before.uuid);
        await apply(program({ string: "length: 14", password: 'length: 20, keepers: { turn: "2" }' }));
        expect(Object.keys((await engine.state()).resources).sort()).toEqual(["password", "string"]);
        expect((await engine.outputs()).password).toBe(before.password);
    });

    test("refuses wrong inputs with the property and the reason, changing nothing", async () => {
        engine.program(program({ password: "length: 3, minUpper: 2, minNumeric: 2", string: "length: 14" }));
        const { code, output } = await engine.up();
        expect(code).not.toBe(0);
        expect(output).toContain("length 3 is less than minLower + minUpper + minNumeric + minSpecial (4)");
        expect((await engine.state()).resources.password.outputs.length).toBe(20);
    });

    test("names the type and the mend where the stand-in has less than the official plugin", async () => {
        engine.program('new random.RandomShuffle("shuffle", { inputs: ["a"] });');
        const { code, output } = await engine.up();
        expect(code).not.toBe(0);
        expect(output).toContain("has no resource random:index/randomShuffle:RandomShuffle");
        expect(output).toContain("pulumi plugin install resource random 4.21.2");
    });

    test("destroy leaves nothing", async () => {
        await engine.succeed("destroy", "--yes", "--skip-preview");
        expect((await engine.state()).resources).toEqual({});
    });

    test("imports a password, a string and octets with the `import` option, then owns them", async () => {
        const source = (options: (id: string) => string) => `
            new random.RandomPassword("password", { length: 9 } ${options("hunter2-é")});
            new random.RandomString("string", { length: 4 } ${options("abcd")});
            new random.RandomBytes("bytes", { length: 3 } ${options("AAEC")});`;
        await apply(source((id) => `, { import: ${JSON.stringify(id)} }`));
        const { resources } = await engine.state();
        expect(resources).toMatchObject({ password: { id: "none" }, string: { id: "abcd" }, bytes: { id: "none" } });
        expect(resources.password.outputs.result).toMatchObject(encrypted);
        engine.program(source(() => ""));
        await engine.succeed("preview", "--expect-no-changes");
    });

    test("shows what is not known yet as unknown at preview, and makes nothing", async () => {
        await engine.succeed("destroy", "--yes", "--skip-preview");
        const follower = "length: string.result.length, special: string.special";
        engine.program(program({ rest: `new random.RandomString("follower", { ${follower} });` }));
        expect((await engine.preview()).follower).toMatchObject({
            op: "create",
            newState: { inputs: { length: unknown, special: true } },
        });
        expect((await engine.state()).resources).toEqual({});
    });
});
