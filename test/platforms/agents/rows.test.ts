import { whateverTheRow } from "../e-chauffeur/row-effects";
import { Documents, testRows } from "../rows";
import { rowEffects } from "./row-effects";

const documents = new Documents("agents", "agents-dev");
afterAll(() => documents.remove());

describe("a row of the agents matrix", () => {
    testRows(documents, 15, rowEffects, whateverTheRow);
});
