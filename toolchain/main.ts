import { parseArgs } from "node:util";
import { diagnose, formatFindings, isWell } from "./commands/doctor";
import { down } from "./commands/down";
import { defaultClusterPort } from "./commands/prepare";
import { test } from "./commands/test";
import { rotate } from "./commands/rotate";
import { requireSettings } from "./commands/stack";
import { preview, up } from "./commands/up";
import { devStack, exportedVariables, exportLines, isEmbedded } from "./environment";
import { describeError, Interrupted, ToolchainError } from "./failure";
import { stopChildrenOnSignals } from "./processes";
import { Steps } from "./steps";
import { readStamp } from "./tools/stamps";
import { binFolder } from "./paths";
import { forgetUnreachable } from "./tools/reachability";

const usage =
    "usage: toolchain up|preview|rotate|down|doctor|env|test [--stack NAME] [--cluster-port N] [--storage-port N] [--force] [--retry] [--format text|json] [--output FILE] [--only PART,…]";

interface Options {
    stack: string;
    clusterPort?: number;
    /** A free one when left out. */
    storagePort?: number;
    force: boolean;
    json: boolean;
    output?: string;
    only: string[];
}

/** What each target of the Makefile does; the exit code. */
const commands: Record<string, (options: Options) => Promise<number>> = {
    up: async (options) => {
        await up(options, new Steps(process.stdout));
        return 0;
    },
    preview: async (options) => {
        await preview(options, new Steps(process.stdout));
        return 0;
    },
    rotate: async (options) => {
        await rotate(options, new Steps(process.stdout));
        return 0;
    },
    down: async (options) => {
        await down(options, new Steps(process.stdout));
        return 0;
    },
    doctor: async ({ json }) => {
        const findings = await diagnose();
        console.log(json ? JSON.stringify(findings, undefined, 2) : formatFindings(findings));
        return isWell(findings) ? 0 : 1;
    },
    env: async ({ stack }) => {
        if (!isEmbedded(stack))
            throw new ToolchainError(`Stack ${stack} is of no embedded cluster.`, ["set its variables by hand"]);
        process.stdout.write(exportLines(exportedVariables(stack)));
        // Standard output is evaluated by a shell.
        if (!readStamp(binFolder, "pulumi")) console.error("The tools are not there yet. Run: make up");
        return 0;
    },
    test: ({ only }) => test(only, new Steps(process.stdout)),
};

function readOptions(args: readonly string[]): { name: string; options: Options } {
    const { values, positionals } = parseArgs({
        args: [...args],
        allowPositionals: true,
        options: {
            stack: { type: "string", default: devStack },
            "cluster-port": { type: "string", default: "" },
            "storage-port": { type: "string", default: "" },
            force: { type: "boolean", default: false },
            retry: { type: "boolean", default: false },
            format: { type: "string", default: "text" },
            output: { type: "string" },
            only: { type: "string", default: "" },
        },
    });
    // The matrix's port goes to the stack that is meant when none is named: two clusters can't have it.
    const usual = values.stack === devStack ? defaultClusterPort : undefined;
    const clusterPort = values["cluster-port"] ? readPort(values["cluster-port"], "CLUSTER_PORT=16443") : usual;
    const storagePort = values["storage-port"] ? readPort(values["storage-port"], "STORAGE_PORT=17070") : undefined;
    if (!/^[A-Za-z0-9_.-]+$/.test(values.stack)) {
        throw new ToolchainError(`"${values.stack}" is not the name of a stack.`, [`leave it out for ${devStack}`]);
    }
    if (values.stack !== devStack) requireSettings(values.stack);
    if (values.format !== "text" && values.format !== "json")
        throw new ToolchainError(`No format ${values.format}.`, [usage]);
    if (values.retry) forgetUnreachable();
    const options = {
        stack: values.stack,
        clusterPort,
        storagePort,
        force: values.force,
        json: values.format === "json",
        output: values.output || undefined,
        only: values.only.split(",").filter(Boolean),
    };
    return { name: positionals[0] ?? "", options };
}

function readPort(text: string, example: string): number {
    const port = Number(text);
    if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
    throw new ToolchainError(`"${text}" is not a port.`, [`give one: make up ${example}`]);
}

async function main(): Promise<number> {
    const { name, options } = readOptions(process.argv.slice(2));
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!command) throw new ToolchainError(name ? `There is no command ${name}.` : "No command given.", [usage]);
    stopChildrenOnSignals();
    return command(options);
}

main().then(
    (code) => {
        process.exitCode = code;
    },
    (error: unknown) => {
        console.error(`\n${describeError(error)}`);
        process.exitCode = error instanceof Interrupted ? 130 : 1;
    },
);
