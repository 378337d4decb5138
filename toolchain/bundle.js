/**
 * Bundles the programs that must start fast into dist/: an unbundled TypeScript start costs a second or more, a bundle a
 * tenth of that. Entry points that are not there are passed over, so `npm ci` (which runs this as `prepare`) works on
 * any state of the tree. Usage: node toolchain/bundle.js [--verbose] [FOLDER…]; folders narrow it to what lies below them.
 */
"use strict";
const fs = require("node:fs");
const path = require("node:path");

const root = path.resolve(__dirname, "..");

const standIn = (name, external) => ({
    entry: `toolchain/standins/${name}/main.ts`,
    out: `dist/standins/pulumi-${name.startsWith("language-") ? name : `resource-${name}`}.js`,
    external,
});

/** `external` names packages that the process which loads the bundle provides, or that must not be copied into it. */
const bundles = [
    { entry: "cli/main.ts", out: "dist/matrice.js" },
    // One command alone: it is judged by its start. Its rare case that needs the package finds it in node_modules.
    { entry: "cli/main-reach.ts", out: "dist/matrice-reach.js", external: ["yaml"] },
    // The analyzer process loads @pulumi/policy and @pulumi/pulumi once; a second copy would register no pack.
    { entry: "policies/index.ts", out: "dist/policies/index.js", external: ["@pulumi/policy", "@pulumi/pulumi"] },
    standIn("kubernetes"),
    standIn("random"),
    // ssh2 is faster with compiled parts, and does without where they are not there.
    standIn("command", ["cpu-features", "*.node"]),
    standIn("language-nodejs"),
    { entry: "toolchain/main.ts", out: "dist/toolchain.js", external: ["@pulumi/pulumi", "typescript"] },
    // What pods run from a ConfigMap, which holds 1 MiB: one file for all of them, minified whole.
    { entry: "jobs/main.ts", out: "dist/jobs.js", minify: true },
];

async function main() {
    let esbuild;
    try {
        esbuild = require("esbuild");
    } catch (error) {
        if (error.code !== "MODULE_NOT_FOUND") throw error;
        console.log("esbuild is not installed (development packages were left out): nothing is bundled.");
        return;
    }
    const folders = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
    const asked = ({ entry }) => folders.length === 0 || folders.some((folder) => entry.startsWith(`${folder}/`));
    const present = bundles.filter((bundle) => asked(bundle) && fs.existsSync(path.join(root, bundle.entry)));
    const results = await Promise.allSettled(
        present.map(({ entry, out, external = [], minify = false }) =>
            esbuild.build({
                absWorkingDir: root,
                entryPoints: [entry],
                outfile: out,
                external,
                bundle: true,
                write: false,
                platform: "node",
                target: "node20",
                format: "cjs",
                // Other names stay as written, so that a stack trace can be read.
                minifyIdentifiers: minify,
                minifyWhitespace: true,
                minifySyntax: true,
                legalComments: "none",
                logLevel: "warning",
            }),
        ),
    );
    results.forEach((result, index) => {
        const { entry, out } = present[index];
        if (result.status === "rejected") {
            // esbuild has printed the place already.
            console.error(`${entry} could not be bundled.`);
            process.exitCode = 1;
        } else {
            const [{ contents }] = result.value.outputFiles;
            replace(path.join(root, out), contents);
            if (process.argv.includes("--verbose")) console.log(`${out}  ${Math.round(contents.length / 1024)} kB`);
        }
    });
}

/** Puts the file there whole, and only when it differs: a plugin may be starting from it at this moment. */
function replace(file, contents) {
    if (fs.existsSync(file) && fs.readFileSync(file).equals(contents)) return;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const temporary = `${file}.${process.pid}`;
    fs.writeFileSync(temporary, contents);
    fs.renameSync(temporary, file);
}

main().catch((error) => {
    console.error(error);
    process.exitCode = 1;
});
