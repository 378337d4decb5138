import { readDocument } from "../../matrix";
import { refusals, table } from "./documents";

const only = (text: string) => readDocument(text, "matrix.md").flows[0];

describe("a verdict", () => {
    const header = ["Source", "Destination", "Port", "Protocole", "Statut"];
    const verdict = (word: string) => only(table([["A", "B", "80", "TCP", word]], header)).verdict;

    test.each(["", "Autorisé", "AUTORISÉE", "allow", "Accept", "OK", "oui", "actif", "✅", "**Validé**"])(
        "%j allows",
        (word) => {
            expect(verdict(word)).toBe("allow");
        },
    );

    test.each(["Refusé", "refusée", "deny", "DROP", "Bloqué", "interdit", "non", "❌"])("%j refuses", (word) => {
        expect(verdict(word)).toBe("refuse");
    });

    test.each(["à valider", "pending", "supprimé", "?", "autorisé sous réserve"])(
        "%j is refused at its place",
        (word) => {
            expect(refusals(table([["A", "B", "80", "TCP", word]], header))).toEqual([
                `3:13 unknown-verdict ${word.length}`,
            ]);
        },
    );
});

describe("the life of a flow", () => {
    const header = [
        "Source",
        "Destination",
        "Port",
        "Protocole",
        "Responsable",
        "Demandeur",
        "Approbateur",
        "Ticket",
    ].concat(["Ouvert le", "Expire le", "Prochaine revue", "Environnement", "Site"]);
    const row = (expires: string) => [
        ...[
            "A",
            "B",
            "80",
            "TCP",
            "Alice",
            "Bob",
            "Carole",
            "CHG-12",
            "01/02/2026",
            expires,
            "2027-01-01",
            "prod",
            "GRA",
        ],
    ];

    test("is read from its columns, days as ISO 8601", () => {
        expect(only(table([row("31/03/2027")], header)).life).toEqual({
            owner: "Alice",
            requester: "Bob",
            approver: "Carole",
            ticket: "CHG-12",
            opened: "2026-02-01",
            expires: "2027-03-31",
            review: "2027-01-01",
            environment: "prod",
            site: "GRA",
        });
    });

    test.each(["", "-", "permanent", "jamais"])("does not end when expiry says %j", (word) => {
        expect(only(table([row(word)], header)).life.expires).toBeUndefined();
    });

    test.each(["bientôt", "31/02/2027", "2027-13-01", "12/2027"])("is refused when expiry says %j", (word) => {
        expect(refusals(table([row(word)], header))).toEqual([`3:48 unreadable-date ${word.length}`]);
    });
});
