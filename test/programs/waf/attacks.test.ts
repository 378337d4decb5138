import { ATTACKS } from "./attacks";
import { clientOf, Waf } from "./waf";

jest.setTimeout(60_000);

let waf: Waf;
const answers: number[] = [];

beforeAll(async () => {
    waf = await Waf.start({ paranoiaLevel: 1 });
    for (const [index, attack] of ATTACKS.entries()) answers.push((await waf.ask(attack, clientOf(index))).status);
});

afterAll(() => waf?.stop());

describe("attacks, at paranoia level 1 with the rule set 3.3 of Debian", () => {
    it.each(ATTACKS.map((attack, index) => [attack.class, attack.what, index] as const))(
        "%s: %s is refused by a rule of its class, and logged",
        async (family, _what, index) => {
            expect(answers[index]).toBe(403);
            const { messages } = await waf.transactionOf(clientOf(index));
            const rules = messages.map(({ details }) => details.ruleId);
            expect(rules).toContainEqual(expect.stringMatching(`^${family}`));
            expect(rules).toContain("949110");
            expect(await waf.requestOf(clientOf(index))).toMatchObject({ status: "403", waf: "blocked", upstream: "" });
        },
    );

    it("are of every class that judges requests", () => {
        const classes = [...new Set(ATTACKS.map((attack) => attack.class))].sort();
        expect(classes).toEqual([911, 913, 920, 921, 922, 930, 931, 932, 933, 934, 941, 942, 943, 944].map(String));
        expect(ATTACKS.length).toBeGreaterThanOrEqual(50);
    });
});
