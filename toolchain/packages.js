/**
 * Tells by its exit code whether node_modules holds what package-lock.json says: 0 when it does. Compared by content, as
 * a checkout changes times; npm writes node_modules/.package-lock.json last, so an interrupted installation is seen.
 */
"use strict";
const fs = require("node:fs");
const path = require("node:path");

const root = path.resolve(__dirname, "..");

/** The package folders that are missing or of another version; optional ones may be missing (other platforms' builds). */
function differences(wanted, installed) {
    return Object.entries(wanted.packages)
        .filter(([folder]) => folder !== "")
        .filter(([folder, { version, optional, devOptional }]) => {
            const found = installed.packages[folder];
            return found ? found.version !== version : !optional && !devOptional;
        })
        .map(([folder]) => folder);
}

function read(file) {
    try {
        return JSON.parse(fs.readFileSync(path.join(root, file), "utf8"));
    } catch {
        return undefined;
    }
}

module.exports = { differences };

if (require.main === module) {
    const wanted = read("package-lock.json");
    const installed = read("node_modules/.package-lock.json");
    process.exitCode = wanted && installed && differences(wanted, installed).length === 0 ? 0 : 1;
}
