/** The order of test files: those that bring a whole platform up last longest, so they begin. */
"use strict";
const path = require("node:path");
const { default: Sequencer } = require("@jest/test-sequencer");

const first = ["e-chauffeur", "agents"].map((name) => path.join(__dirname, "integration", `${name}.test.ts`));

module.exports = class extends Sequencer {
    sort(tests) {
        const isFirst = (test) => first.includes(test.path);
        const sorted = super.sort(tests);
        return [...sorted.filter(isFirst), ...sorted.filter((test) => !isFirst(test))];
    }
};
