#!/usr/bin/env node
"use strict";
// The bundle starts several times faster than the TypeScript sources.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const dist = join(__dirname, "..", "..", "dist");
const [command, ...rest] = process.argv.slice(2);
const ofPathsAlone = rest.length > 0 && rest.every((argument) => argument === "-" || !argument.startsWith("-"));
const own = join(dist, `matrice-${command}.js`);
const bundle = join(dist, "matrice.js");
if (command === "reach" && ofPathsAlone && existsSync(own)) {
    require(own);
} else if (existsSync(bundle)) {
    require(bundle);
} else {
    process.stderr.write("matrice is not built yet: run `npm run bundle` in the clone (npm ci does so as well).\n");
    process.exitCode = 2;
}
