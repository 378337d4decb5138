/** The `runtime: options:` of Pulumi.yaml and PulumiPolicy.yaml: https://www.pulumi.com/docs/iac/concepts/projects/project-file/ */
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";

export interface RuntimeOptions {
    /** Whether `.ts` files are compiled as they are loaded. */
    readonly typescript: boolean;
    /** Another file than the program's tsconfig.json. */
    readonly tsconfig?: string;
    /** Arguments of node itself, before the program. */
    readonly nodeArguments: readonly string[];
    readonly packageManager: "npm" | "yarn" | "pnpm" | "bun";
}

const packageManagers = ["npm", "yarn", "pnpm", "bun"] as const;

/** @throws Error naming the option that has another type than it should. */
export function runtimeOptions(struct: Struct | undefined): RuntimeOptions {
    const options = (struct?.toJavaScript() ?? {}) as Record<string, unknown>;
    const text = (name: string): string | undefined => {
        const value = options[name];
        if (value === undefined || value === null || typeof value === "string") return value ?? undefined;
        throw new Error(`the runtime option ${name} must be a text; got ${JSON.stringify(value)}`);
    };
    const { typescript = true } = options;
    // Options given on a command line arrive as texts.
    if (![true, false, "true", "false"].includes(typescript as string | boolean)) {
        throw new Error(`the runtime option typescript must be true or false; got ${JSON.stringify(typescript)}`);
    }
    const packageManager = packageManagers.find((name) => name === (text("packagemanager") ?? "npm"));
    if (!packageManager) {
        throw new Error(`the runtime option packagemanager must be one of ${packageManagers.join(", ")}`);
    }
    return {
        typescript: String(typescript) === "true",
        tsconfig: text("tsconfig"),
        nodeArguments: words(text("nodeargs") ?? ""),
        packageManager,
    };
}

/** The words of a command line, with single and double quotes and backslashes as a shell reads them. */
export function words(line: string): string[] {
    const found: string[] = [];
    const pattern = /(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+/gs;
    for (const [word] of line.matchAll(pattern)) {
        found.push(
            word.replace(/\\(.)|'([^']*)'|"((?:[^"\\]|\\.)*)"/gs, (_, escaped, single, double) => {
                if (escaped !== undefined) return escaped;
                return single ?? double.replace(/\\(["\\$`])/g, "$1");
            }),
        );
    }
    return found;
}
