import { changed, Documents, testRows } from "../rows";
import { rowEffects, whateverTheRow } from "./row-effects";

const documents = new Documents("e-chauffeur", "dev");
afterAll(() => documents.remove());

describe("a row of the e-chauffeur matrix", () => {
    testRows(documents, 33, rowEffects, whateverTheRow);

    it("that adds a second port of Redis changes policies, and what Prometheus knows of rows", async () => {
        const row = "|API|Redis|6379|TCP|Sockets|";
        const text = documents.replaced("API|Redis|6379", row, row.replace("6379", "6380"));
        const after = await documents.rendered(text);
        expect(changed(await documents.rendered(documents.text), after)).toEqual([
            ...whateverTheRow.slice(0, 1),
            "NetworkPolicy api",
            "NetworkPolicy redis",
            ...whateverTheRow.slice(1),
        ]);
    });
});
