import * as pulumi from "@pulumi/pulumi";
import type { Matrix } from "../matrix";
import type { NetworkSettings } from "../network";
import type { StackConfig } from "./stack-settings";

/** A stack's configuration: its values, and the keys that it sets. */
export interface Stack {
    readonly name: string;
    readonly config: StackConfig;
    readonly keys: readonly string[];
}

/** What a platform shows once it runs (`pulumi stack output`). */
export interface Outputs {
    /** Where the proxy is reached: names lead there. */
    readonly addresses: pulumi.Input<string[]>;
    readonly urls: readonly string[];
    /** What this stack leaves out, or leaves to others, a sentence each. */
    readonly notes?: readonly string[];
}

/** A platform with a stack's settings. */
export interface Deployment {
    readonly network: NetworkSettings;
    /** Registers the platform; everything in it comes after what the options say. */
    readonly deploy: (matrix: Matrix, after?: pulumi.ComponentResourceOptions) => Outputs;
}

/** Reads a stack's settings for a platform. Throws SettingsError naming each wrong key. */
export type Platform = (stack: Stack) => Deployment;
