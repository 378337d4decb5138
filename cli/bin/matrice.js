#!/usr/bin/env node
"use strict";
// The bundle starts several times faster than the TypeScript sources.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const bundle = join(__dirname, "..", "..", "dist", "matrice.js");
if (existsSync(bundle)) {
    require(bundle);
} else {
    process.stderr.write("matrice is not built yet: run `npm run bundle` in the clone (npm ci does so as well).\n");
    process.exitCode = 2;
}
