/** What a program's node_modules holds: the plugins it needs and the packages it uses. */
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

export interface Package {
    readonly name: string;
    readonly version: string;
    readonly pulumi?: { resource?: boolean; name?: string; version?: string; server?: string };
}

/** A resource plugin, as the engine asks for it. */
export interface Plugin {
    readonly name: string;
    /** With its leading `v`. */
    readonly version: string;
    readonly server: string;
}

/** Every package installed below the folder, nested ones included; what can't be read is passed over. */
export function installedPackages(folder: string): Package[] {
    const modules = path.join(folder, "node_modules");
    return list(modules)
        .flatMap((name) =>
            name.startsWith("@") ? list(path.join(modules, name)).map((inner) => `${name}/${inner}`) : [name],
        )
        .filter((name) => !name.startsWith("."))
        .flatMap((name) => {
            const home = path.join(modules, name);
            const found = readPackage(home);
            return found ? [found, ...installedPackages(home)] : [];
        });
}

/** The plugins of the packages that say `"pulumi": { "resource": true }`, each version once. */
export function requiredPlugins(packages: readonly Package[]): Plugin[] {
    const plugins = packages
        .filter(({ pulumi }) => pulumi?.resource)
        .map(({ name, version, pulumi }) => ({
            name: pulumi?.name ?? name.replace(/^@pulumi\//, "").replace(/^@/, ""),
            version: `v${(pulumi?.version ?? version).replace(/^v/, "")}`,
            server: pulumi?.server ?? "",
        }));
    return [...new Map(plugins.map((plugin) => [`${plugin.name}@${plugin.version}`, plugin])).values()];
}

/** The packages that the folder's package.json names, with the versions that are installed. */
export function directDependencies(folder: string): Package[] {
    const own = readJson(path.join(folder, "package.json"));
    const names = Object.keys({ ...own?.dependencies, ...own?.devDependencies });
    return names.flatMap((name) => readPackage(path.join(folder, "node_modules", name)) ?? []);
}

/**
 * The file of a module as a program in the folder would load it.
 * @throws Error that says how to install the packages, when there is none.
 */
export function locateModule(name: string, folder: string): string {
    try {
        return createRequire(path.join(folder, "package.json")).resolve(name);
    } catch {
        // The engine looks for this sentence when a policy pack's packages are missing.
        throw new Error(
            `Cannot find module '${name}' from ${folder}: the Pulumi SDK is not installed there. ` +
                "Have you run `npm ci` (or `pulumi install`)?",
        );
    }
}

function readPackage(folder: string): Package | undefined {
    const found = readJson(path.join(folder, "package.json"));
    return found?.name && found.version ? (found as unknown as Package) : undefined;
}

function readJson(file: string): Record<string, object> | undefined {
    try {
        return JSON.parse(fs.readFileSync(file, "utf8"));
    } catch {
        return undefined;
    }
}

function list(folder: string): string[] {
    try {
        return fs.readdirSync(folder);
    } catch {
        return [];
    }
}
