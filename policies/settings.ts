import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { loadPlatform, type Matrix } from "../matrix";
import { parseNetworkSettings } from "../network";
import { parseLevels, ruleNames, type RuleContext } from "../rules";

/** The pack could not learn what to compare with; the message says why and how to mend it. */
export class UndeterminedError extends Error {
    override readonly name = "UndeterminedError";
}

/** The stack and project of a resource: `urn:pulumi:<stack>::<project>::<types>::<name>`. */
export function stackOfUrn(urn: string): { stack: string; project: string } {
    const match = /^urn:pulumi:([^:]+)::([^:]+)::/.exec(urn);
    if (!match) {
        throw new UndeterminedError(`The URN ${urn} names no stack and project.`);
    }
    return { stack: match[1], project: match[2] };
}

/**
 * What the resources of a stack are compared with: the platform and the network settings that Pulumi.<stack>.yaml names,
 * and the platform's documents as they are on disk. The analyser gives a pack neither its stack's name nor its
 * configuration, hence the files. Throws UndeterminedError, or the error of the document or setting that is wrong.
 */
export function loadContext(urn: string, from: string = process.cwd()): RuleContext {
    const { stack, project } = stackOfUrn(urn);
    const root = projectRoot(project, from);
    const settings = path.join(stackFolder(root), `Pulumi.${stack}.yaml`);
    const config = { ...projectConfig(root, project), ...stackConfig(settings) };
    const platform = config[`${project}:platform`];
    if (platform === undefined) {
        throw new UndeterminedError(
            `${settings} does not say which platform stack ${stack} is.\n` +
                `  Run: pulumi config set --stack ${stack} ${project}:platform <name of a folder in platforms/>`,
        );
    }
    if (typeof platform !== "string" || !/^[a-z0-9][a-z0-9-]*$/.test(platform)) {
        throw new UndeterminedError(
            `${project}:platform in ${settings} is ${readable(platform)}, which is no name of a folder in platforms/.`,
        );
    }
    const folder = path.join("platforms", platform);
    return {
        matrix: documents(root, folder),
        network: parseNetworkSettings(config[`${project}:network`], { stack }),
        levels: parseLevels(config[`${project}:policies`], { rules: ruleNames(), stack }),
        platformFiles: {
            matrix: path.join(folder, "matrix.md"),
            annex: path.join(folder, "annex.md"),
            inventory: path.join(folder, "inventory.yaml"),
        },
    };
}

function documents(root: string, folder: string): Matrix {
    if (!fs.existsSync(path.join(root, folder, "matrix.md"))) {
        throw new UndeterminedError(`${folder} has no matrix.md, so nothing can be compared with it.`);
    }
    return loadPlatform(path.join(root, folder));
}

/** The folder of Pulumi.yaml, at or above the pack's. */
function projectRoot(project: string, from: string): string {
    for (let folder = from; ; folder = path.dirname(folder)) {
        const file = path.join(folder, "Pulumi.yaml");
        if (fs.existsSync(file) && read(file).name === project) {
            return folder;
        }
        if (folder === path.dirname(folder)) {
            throw new UndeterminedError(
                `No Pulumi.yaml of project ${project} stands at or above ${from}, so its settings cannot be read.\n` +
                    "  Run the policy pack that stands in the project's own folder.",
            );
        }
    }
}

function stackFolder(root: string): string {
    const folder = read(path.join(root, "Pulumi.yaml")).stackConfigDir;
    return typeof folder === "string" ? path.join(root, folder) : root;
}

/** Defaults that Pulumi.yaml gives to every stack; a key without a namespace is the project's. */
function projectConfig(root: string, project: string): Record<string, unknown> {
    const config = (read(path.join(root, "Pulumi.yaml")).config ?? {}) as Record<string, unknown>;
    return Object.fromEntries(
        Object.entries(config).map(([key, value]) => {
            const { value: set, default: byDefault } = (value ?? {}) as { value?: unknown; default?: unknown };
            return [key.includes(":") ? key : `${project}:${key}`, set ?? byDefault ?? value];
        }),
    );
}

function stackConfig(file: string): Record<string, unknown> {
    if (!fs.existsSync(file)) {
        throw new UndeterminedError(
            `${file} is missing, so the pack cannot learn the stack's settings.\n` +
                "  Keep the stack's settings in that file: a file given by --config-file is not seen by policy packs.",
        );
    }
    const config = (read(file).config ?? {}) as Record<string, unknown>;
    const encrypted = Object.entries(config).find(
        ([key, value]) =>
            /:(platform|network|policies)$/.test(key) &&
            typeof value === "object" &&
            value !== null &&
            "secure" in value,
    );
    if (encrypted) {
        throw new UndeterminedError(
            `${encrypted[0]} in ${file} is encrypted, so the pack cannot read it; it holds no secret.\n` +
                `  Run: pulumi config set --plaintext ${encrypted[0]} <value>`,
        );
    }
    return config;
}

function read(file: string): Record<string, unknown> {
    try {
        return (parse(fs.readFileSync(file, "utf8")) ?? {}) as Record<string, unknown>;
    } catch (error) {
        throw new UndeterminedError(`${file} cannot be read: ${(error as Error).message}`);
    }
}

const readable = (value: unknown): string => (typeof value === "string" ? `"${value}"` : typeof value);
