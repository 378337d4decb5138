/** What every platform must hold, tried on a cluster of its own by the same code; its tests run in this order. */
import { comesUp } from "./coming-up";
import { connectsAsWritten } from "./connections";
import { refusesRogues } from "./rogues";
import { reviewsARow } from "./rows";
import type { Subject } from "./subject";
import { refusesWrongInputs } from "./wrong-inputs";

const MINUTE = 60_000;

/** Registers the tests, and the making and the end of the subject's project around them. */
export function behavesAsItsMatrix(subject: Subject): void {
    jest.setTimeout(10 * MINUTE);
    beforeAll(() => subject.start());
    afterAll(() => subject.end());
    comesUp(subject);
    connectsAsWritten(subject);
    refusesRogues(subject);
    reviewsARow(subject);
    refusesWrongInputs(subject);
}
