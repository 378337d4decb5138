import type { KubernetesObject } from "../../network";
import { checkObject, EXCEPTION, formatFinding, objectRules, stackRules, UNKNOWN } from "../../rules";
import { readExceptions, unexceptable } from "../../rules/exceptions";
import { Guard } from "../../policies/transform";
import { matricePolicies } from "../../policies/pack";
import { analyse } from "../policies/factories";
import { context, deployment, edit, service, type Loose } from "./factories";

const on = new Date("2026-03-01T12:00:00Z");
const at = { ...context, on };
const valid = "service-port-listed; owner=Ada; reason=moves to 80 in May; expires=2026-05-31";
const excepted = (object: KubernetesObject, text: Loose = valid): KubernetesObject =>
    edit(object, ({ metadata }) => (metadata.annotations = { [EXCEPTION]: text }));
const found = (object: KubernetesObject) =>
    checkObject(object, at).map(({ level, rule, message }) => `${level} ${rule}: ${message}`);

describe("an exception", () => {
    test("makes the finding advisory and names owner, reason and day", () => {
        const [finding, ...others] = checkObject(excepted(service("api", 8088)), at);
        expect(others).toEqual([]);
        expect(finding).toMatchObject({
            level: "advisory",
            rule: "service-port-listed",
            exception: { owner: "Ada", reason: "moves to 80 in May", expires: "2026-05-31" },
        });
        expect(formatFinding(finding)).toMatch(
            /^\[advisory\] service-port-listed {2}Service rides\/api: 8088\/TCP of role API[^]*\n {2}Excepted until 2026-05-31 by Ada: moves to 80 in May\.$/,
        );
    });

    test("excuses its object from its rule alone", () => {
        const rogue = edit(excepted(service("api", 8088)), ({ spec }) => delete spec.selector["matrice.dev/connected"]);
        expect(found(rogue)).toEqual([
            expect.stringMatching(/^advisory service-port-listed/),
            expect.stringMatching(/^mandatory connected-label-present/),
        ]);
        expect(found(service("api", 8088))).toEqual([expect.stringMatching(/^mandatory service-port-listed/)]);
    });

    test("stands beside others, one a line", () => {
        const rogue = edit(
            excepted(
                service("api", 8088),
                `${valid}\n\n connected-label-present ;reason=a=b; expires = 2027-03-01;owner=Bob`,
            ),
            ({ spec }) => delete spec.selector["matrice.dev/connected"],
        );
        expect(found(rogue)).toEqual([
            expect.stringMatching(/^advisory service-port-listed/),
            expect.stringMatching(/^advisory connected-label-present[^]*until 2027-03-01 by Bob: a=b\./),
        ]);
    });

    test.each<[string, string, RegExp]>([
        ["is over", valid.replace("2026-05-31", "2026-02-28"), /it expired on 2026-02-28/],
        ["lasts more than a year", valid.replace("2026-05-31", "2027-03-02"), /until 2027-03-02, more than a year/],
        ["names no day", valid.replace("2026-05-31", "2026-02-30"), /expires=2026-02-30 is no day/],
        ["has no owner", valid.replace("owner=Ada; ", ""), /it has no owner/],
        ["has an empty reason", valid.replace("moves to 80 in May", " "), /it has no reason/],
        ["never ends", valid.replace("; expires=2026-05-31", ""), /it has no expires/],
        [
            "names an unknown rule",
            valid.replace("service-port", "services-port"),
            /there is no rule services-port-listed/,
        ],
        ["names no rule", "owner=Ada; reason=x; expires=2026-05-31", /"owner=Ada" is no name of a rule/],
        ["says something else", `${valid}; until=ever`, /"until=ever" is none of owner=/],
        ["says a thing twice", `${valid}; owner=Bob`, /owner stands there twice/],
        ["is empty", " ", /"" is no name of a rule/],
        [
            "is meant for a rule without exceptions",
            valid.replace(/^[^;]+/, "role-known"),
            /role-known has no exceptions/,
        ],
    ])("is refused and excepts nothing when it %s", (_, text, why) => {
        expect(found(excepted(service("api", 8088), text))).toEqual([
            expect.stringMatching(/^mandatory service-port-listed/),
            expect.stringMatching(
                new RegExp(`^mandatory exception-valid: Service rides/api: the exception [^]*${why.source}`),
            ),
        ]);
    });

    test("counts through its last day, today's by default", () => {
        const day = (moment: string, expires: string) =>
            "exception" in readExceptions(valid.replace("2026-05-31", expires), new Date(moment))[0];
        expect(day("2026-05-31T23:59:59Z", "2026-05-31")).toBe(true);
        expect(day("2026-06-01T00:00:00Z", "2026-05-31")).toBe(false);
        const old = excepted(service("api", 8088), valid.replace("2026-05-31", "2020-01-01"));
        expect(checkObject(old, context).map(({ level }) => level)).toEqual(["mandatory", "mandatory"]);
    });

    test("that excepts nothing is listed, as advice to remove it", () => {
        expect(found(excepted(service()))).toEqual([
            expect.stringMatching(
                /^advisory exception-valid: .*nothing in it needs its exception[^]*2026-05-31 by Ada/,
            ),
        ]);
    });

    test("does not cover what is unknown at preview, nor counts while it is unknown itself", () => {
        const port = edit(excepted(service()), ({ spec }) => (spec.ports[0].port = UNKNOWN));
        expect(found(port)).toEqual([expect.stringMatching(/^mandatory service-port-listed.*unknown at preview/)]);
        expect(found(excepted(service("api", 8088), UNKNOWN))).toEqual([
            expect.stringMatching(/^mandatory service-port-listed/),
            expect.stringMatching(/^mandatory exception-valid.*unknown at preview/),
        ]);
        const annotations = edit(service("api", 8088), ({ metadata }) => (metadata.annotations = UNKNOWN));
        expect(found(annotations)).toEqual([expect.stringMatching(/^mandatory service-port-listed/)]);
    });

    test("stands on the object, not on its pods", () => {
        const rogue = edit(deployment("miner"), ({ spec }) => {
            spec.template.metadata.annotations = { [EXCEPTION]: valid.replace(/^[^;]+/, "role-known") };
        });
        expect(found(rogue)).toEqual([expect.stringMatching(/^mandatory role-known/)]);
    });

    test("is honoured by the pack and by the transform", async () => {
        const object = excepted(service("api", 8088));
        expect(
            await analyse(
                matricePolicies(() => at),
                object,
            ),
        ).toEqual([
            {
                policy: "service-port-listed",
                message: expect.stringContaining("Excepted until 2026-05-31 by Ada"),
                enforcementLevel: "advisory",
            },
        ]);
        const warnings: string[] = [];
        const print = { error: (text: string) => expect(text).toBe(""), warn: (text: string) => warnings.push(text) };
        const guard = new Guard(at, print, () => false);
        await guard.check("kubernetes:core/v1:Service", "api", object);
        expect(warnings).toEqual([expect.stringContaining("Excepted until 2026-05-31 by Ada")]);
    });

    test("is known by the rules' names", () => {
        const names = [...objectRules, ...stackRules].map(({ name }) => name);
        expect(names).toEqual(expect.arrayContaining([...unexceptable]));
    });
});
