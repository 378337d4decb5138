import * as pulumi from "@pulumi/pulumi";
import { didYouMean, MatrixError, MissingRow, UnknownRole } from "../matrix";
import { SettingsError } from "../network";
import { platform as agents } from "./agents";
import { platform as eChauffeur } from "./e-chauffeur";
import type { Deployment, Platform, Stack } from "./platform";

const platforms: Readonly<Record<string, Platform>> = { "e-chauffeur": eChauffeur, agents };

/** Keys of a stack that are not a platform's: how much each rule weighs, and whether the cluster refuses as well. */
const shared = ["policies", "admission"];

/** The stack that Pulumi runs the program for. */
export function currentStack(): Stack {
    const config = new pulumi.Config();
    const prefix = `${config.name}:`;
    const keys = Object.keys(pulumi.runtime.allConfig()).filter((key) => key.startsWith(prefix));
    const own = keys.map((key) => key.slice(prefix.length)).filter((key) => !shared.includes(key));
    return { name: pulumi.getStack(), config, keys: own };
}

/**
 * The platform that a stack names, with the folder of its documents from the project's root. Throws SettingsError when
 * the stack names none that is there, or when its settings are not right.
 */
export function platformOf(stack: Stack): Deployment & { readonly folder: string } {
    const name = stack.config.get("platform");
    const known = Object.keys(platforms);
    const command = `pulumi config set --stack ${stack.name} ${stack.config.name}:platform`;
    if (name === undefined) {
        throw new SettingsError(
            `${stack.config.name}:platform is missing: it says which platform stack ${stack.name} is (${known.join(", ")}).\n` +
                `  Run: ${command} ${known[0]}`,
        );
    }
    if (!Object.hasOwn(platforms, name)) {
        const hint = didYouMean(name, known) ?? `the platforms are ${known.join(", ")}`;
        throw new SettingsError(
            `${stack.config.name}:platform is "${name}", which is no platform: ${hint}\n  Run: ${command} ${known[0]}`,
        );
    }
    return { folder: `platforms/${name}`, ...platforms[name](stack) };
}

/** Errors that a document or a setting explains: where the program stopped tells its reader nothing. */
const explained = [MatrixError, MissingRow, UnknownRole, SettingsError];

/** Runs the program; an error that a document or a setting explains is printed without a stack trace. */
export function run<T>(program: () => T): T {
    try {
        return program();
    } catch (error) {
        if (explained.some((type) => error instanceof type)) throw new pulumi.RunError((error as Error).message);
        throw error;
    }
}
