/**
 * Bundles the programs that must start fast into dist/: an unbundled TypeScript start costs a second or more, a bundle a
 * tenth of that. Entry points that are not there are passed over, so `npm ci` (which runs this as `prepare`) works on
 * any state of the tree. A bundle whose sources are as they were is left alone.
 * Usage: node toolchain/bundle.js [--verbose] [FOLDER…]; folders narrow it to what lies below them.
 */
"use strict";
const fs = require("node:fs");
const path = require("node:path");

const root = path.resolve(__dirname, "..");
/** What each bundle was made of, and how those files were then. */
const madeOf = path.join(root, "dist", "sources.json");
/** They decide over every bundle: how it is made, and which packages are installed. */
const always = ["toolchain/bundle.js", "tsconfig.json", "package.json", "node_modules/.package-lock.json"];

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
    const folders = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
    const asked = ({ entry }) => folders.length === 0 || folders.some((folder) => entry.startsWith(`${folder}/`));
    const known = readKnown();
    const stale = bundles.filter(
        (bundle) => asked(bundle) && fs.existsSync(path.join(root, bundle.entry)) && !isMade(bundle.out, known),
    );
    if (stale.length === 0) return;
    let esbuild;
    try {
        esbuild = require("esbuild");
    } catch (error) {
        if (error.code !== "MODULE_NOT_FOUND") throw error;
        console.log("esbuild is not installed (development packages were left out): nothing is bundled.");
        return;
    }
    const start = Date.now();
    const results = await Promise.allSettled(
        stale.map(({ entry, out, external = [], minify = false }) =>
            esbuild.build({
                absWorkingDir: root,
                entryPoints: [entry],
                outfile: out,
                external,
                bundle: true,
                metafile: true,
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
        const { entry, out } = stale[index];
        delete known[out];
        if (result.status === "rejected") {
            // esbuild has printed the place already.
            console.error(`${entry} could not be bundled.`);
            process.exitCode = 1;
        } else {
            const { metafile, outputFiles } = result.value;
            const [{ contents }] = outputFiles;
            replace(path.join(root, out), contents);
            const sources = [...always, ...Object.keys(metafile.inputs)].map((file) => [file, stamp(file)]);
            // What changed meanwhile may be in the bundle or not: it is made again the next time.
            if (sources.every(([, now]) => parseFloat(now ?? "0") < start)) known[out] = Object.fromEntries(sources);
            if (process.argv.includes("--verbose")) console.log(`${out}  ${Math.round(contents.length / 1024)} kB`);
        }
    });
    replace(madeOf, Buffer.from(JSON.stringify(known)));
}

/** Changes whenever a file is written; null where there is none. */
function stamp(file) {
    const stat = fs.statSync(path.join(root, file), { throwIfNoEntry: false });
    return stat ? `${stat.ctimeMs} ${stat.size}` : null;
}

function isMade(out, known) {
    const sources = known[out];
    if (sources === undefined || !fs.existsSync(path.join(root, out))) return false;
    return Object.entries(sources).every(([file, then]) => stamp(file) === then);
}

/** Nothing where nothing was made, or where what is written cannot be read. */
function readKnown() {
    try {
        return JSON.parse(fs.readFileSync(madeOf, "utf8"));
    } catch {
        return {};
    }
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
