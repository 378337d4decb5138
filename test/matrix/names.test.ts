import fc from "fast-check";
import { didYouMean, slug } from "../../matrix";

describe("a slug", () => {
    test.each([
        ["App User", "app-user"],
        ["Régulateur", "regulateur"],
        ["Let's Encrypt", "let-s-encrypt"],
        ["Serveur(s) notifications web", "serveur-s-notifications-web"],
        ["Cluster (control plane kubernetes)", "cluster-control-plane-kubernetes"],
        ["Œuvre æther", "oeuvre-aether"],
        ["  --API--  ", "api"],
    ])("of %j is %j", (name, label) => {
        expect(slug(name)).toBe(label);
    });

    test("tells names of other alphabets apart", () => {
        expect(slug("API 用户")).not.toBe(slug("API 管理"));
        expect(slug("用户")).toMatch(/^x-[0-9a-f]{8}$/);
    });

    test("tells long names apart", () => {
        expect(slug(`${"a".repeat(70)}b`)).not.toBe(slug(`${"a".repeat(70)}c`));
    });

    test("is always a DNS-1123 label, the same for the same slug", () => {
        fc.assert(
            fc.property(fc.string({ unit: "grapheme", maxLength: 90 }), (name) => {
                expect(slug(name)).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
                expect(slug(slug(name))).toBe(slug(name));
            }),
            { numRuns: 1000 },
        );
    });
});

describe("did you mean", () => {
    const names = ["API", "App Dashboard", "App Driver", "App User", "MongoDB", "Redis", "Régulateur"];

    test.each([
        ["Mongo DB", 'did you mean "MongoDB"?'],
        ["regulateurs", 'did you mean "Régulateur"?'],
        ["Dashboard", 'did you mean "App Dashboard"?'],
        ["AppUser", 'did you mean "App User"?'],
        ["Elasticsearch", undefined],
    ])("%j", (name, hint) => {
        expect(didYouMean(name, names)).toBe(hint);
    });

    test("names several when several are near, the nearest first", () => {
        expect(didYouMean("App Drivr", ["App User", "App Driver", "App Drive"])).toBe(
            'did you mean "App Driver" or "App Drive"?',
        );
    });
});
