/** The order of test files: those that bring a whole platform up last longest, then those with clusters and stores. */
"use strict";
const path = require("node:path");
const { default: Sequencer } = require("@jest/test-sequencer");

const places = [
    ["integration/e-chauffeur.test.ts", "integration/agents.test.ts"],
    ["integration", "toolchain/conformance", "jobs"],
    ["programs", "oracle"],
].map((names) => names.map((name) => path.join(__dirname, name)));

/** Where a file comes in the order: the first places that name it or its folder. */
function rank(file) {
    const found = places.findIndex((names) => names.some((name) => file === name || file.startsWith(name + path.sep)));
    return found === -1 ? places.length : found;
}

module.exports = class extends Sequencer {
    sort(tests) {
        // Among those of one rank the order stays as Jest has it.
        return [...super.sort(tests)].sort((one, other) => rank(one.path) - rank(other.path));
    }
};
