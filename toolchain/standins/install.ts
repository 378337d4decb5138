/** Puts the stand-ins where the engine looks for plugins. */
import fs from "node:fs";
import path from "node:path";

export const standInNames = ["language-nodejs", "kubernetes", "random", "command"] as const;
export type StandInName = (typeof standInNames)[number];

/** The version a stand-in goes by: that of the npm package whose plugin it stands for. */
function versionOf(name: StandInName, root: string): string {
    const manifest = path.join(root, "node_modules/@pulumi", name, "package.json");
    return JSON.parse(fs.readFileSync(manifest, "utf8")).version;
}

/**
 * Installs the named stand-ins as small shell scripts over their bundles: resource plugins into
 * `PULUMI_HOME/plugins/resource-NAME-vVERSION/`, the language host into the folder that holds `pulumi`, which is where the
 * engine takes it from without a warning. Doing it again renews them.
 * @param root the folder of package.json; bundles are in its dist/.
 * @returns the executables written.
 * @throws Error when a bundle is missing.
 */
export function installStandIns(
    pulumiHome: string,
    binFolder: string,
    names: readonly StandInName[] = standInNames,
    root: string = projectRoot(),
): string[] {
    return names.map((name) => {
        const isLanguage = name === "language-nodejs";
        const program = isLanguage ? `pulumi-${name}` : `pulumi-resource-${name}`;
        const bundle = path.join(root, "dist/standins", `${program}.js`);
        if (!fs.existsSync(bundle)) {
            throw new Error(`${path.relative(root, bundle)} is missing: run \`node toolchain/bundle.js\``);
        }
        const folder = isLanguage
            ? binFolder
            : path.join(pulumiHome, "plugins", `resource-${name}-v${versionOf(name, root)}`);
        fs.mkdirSync(folder, { recursive: true });
        const executable = path.join(folder, program);
        const temporary = `${executable}.${process.pid}`;
        fs.writeFileSync(temporary, script(bundle), { mode: 0o755 });
        // A running engine keeps the script it started.
        fs.renameSync(temporary, executable);
        return executable;
    });
}

/** The nearest folder with a package.json: this file runs from its source and from a bundle. */
function projectRoot(): string {
    let folder = __dirname;
    while (!fs.existsSync(path.join(folder, "package.json"))) folder = path.dirname(folder);
    return folder;
}

/** The Node.js that installs is the one that runs: the engine's PATH may hold another, or none. */
function script(bundle: string): string {
    const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
    return `#!/bin/sh\nexec ${quote(process.execPath)} ${quote(bundle)} "$@"\n`;
}
