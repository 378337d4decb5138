import { Command, CommanderError, Option } from "commander";
import { formatDiagnostic, MatrixError } from "../matrix";
import { version } from "../package.json";
import { check, type CheckOptions } from "./check";
import { compile, type CompileOptions } from "./compile";
import { diff, type DiffOptions } from "./diff";
import { explain, type ExplainOptions } from "./explain";
import { readDate } from "./documents";
import { flows } from "./flows";
import { graph, type GraphOptions } from "./graph/command";
import { comment, pullRequest, type CommentOptions } from "./forge/command";
import { ACTIONS } from "./forge/github";
import { reachable, type ReachOptions } from "./reach";
import { report, type ReportOptions } from "./report/command";
import { review, type ReviewOptions } from "./review/command";
import { verify, type VerifyOptions } from "./verify";
import { colours, UsageError, type ExitCode, type Terminal } from "./terminal";

/** Runs the command line and gives its exit code. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
    let code: ExitCode = 0;
    const program = new Command("matrice")
        .description("Checks flow matrices and derives network policies from them.")
        .version(version, "-V, --version")
        .exitOverride()
        .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) })
        .addHelpText(
            "after",
            "\nA file called - is the standard input. Exit codes: 0 fine, 1 findings, 2 wrong usage.",
        );
    const command = (line: string, description: string) =>
        program
            .command(line)
            .description(description)
            .showHelpAfterError(`(see: matrice ${line.split(" ")[0]} --help)`);
    const format = (...choices: string[]) =>
        new Option("--format <format>", "how to print").choices(choices).default(choices[0]);
    const annex = ["--annex <file>", "the annex (default: annex.md beside the matrix, where an inventory is)"] as const;
    const inventory = ["--inventory <file>", "what each name is (default: inventory.yaml beside the matrix)"] as const;

    command("check <file...>", "Report what is wrong in a matrix, and the decisions it rests on.")
        .option(...inventory)
        .option(...annex)
        .option("--on <date>", "the day on which expiry is judged (default: today)")
        .option("--settings <file>", "addresses, to judge whether refusing rows hold: as for compile")
        .addOption(format("text", "json"))
        .action((files: string[], options: CheckOptions) => {
            code = check(files, options, terminal);
        });
    command("flows <file>", "List the rows of a matrix.")
        .addOption(format("table", "json", "csv"))
        .action((file: string, options: { format: "table" | "json" | "csv" }) => {
            code = flows(file, options, terminal);
        });
    command(
        "graph <file>",
        "Draw a matrix by its zones, one edge a row: for Markdown pages (Mermaid), for Graphviz, or as data. Rows of the " +
            "annex are dotted, a refusing row ends in a cross.",
    )
        .option(...inventory)
        .option(...annex)
        .option("--all", "draw the rows of the annex as well")
        .addOption(format("mermaid", "dot", "json"))
        .action((file: string, options: GraphOptions) => {
            code = graph(file, options, terminal);
        });
    command("compile <file>", "Print the network policies of a matrix as YAML.")
        .option(...inventory)
        .option(...annex)
        .option("--settings <file>", "addresses: the value of matrice:network, or a Pulumi.<stack>.yaml")
        .action((file: string, options: CompileOptions) => {
            code = compile(file, options, terminal);
        });
    command("diff <old> <new>", "Say which flows a change of the matrix opens and closes.")
        .option(...inventory)
        .option("--exit-code", "exit with 1 when a flow changed")
        .addOption(format("text", "json"))
        .action((before: string, after: string, options: DiffOptions) => {
            code = diff(before, after, options, terminal);
        });
    command(
        "explain <source> <destination> <port> [objects...]",
        "Say whether a connection is allowed, and by which rows and rules. By a matrix, the ends are roles or addresses; " +
            "by files or folders of Kubernetes objects, workloads (shop/api), Services (api.shop.svc) or addresses.",
    )
        .option("-m, --matrix <file>", "the matrix")
        .option(...inventory)
        .option(...annex)
        .option("--settings <file>", "addresses: the value of matrice:network, or a Pulumi.<stack>.yaml")
        .action((source: string, destination: string, port: string, objects: string[], options: ExplainOptions) => {
            code = explain([source, destination, port], objects, options, terminal);
        });
    command(
        "reach <path...>",
        "Print what can connect by the objects in YAML and JSON files and folders: workloads (the connections of one " +
            "to itself left out) and addresses outside, as `netpol-analyzer list` does.",
    )
        .option("--ipv4", "leave IPv6 addresses out")
        .addOption(format("text", "json"))
        .action((paths: string[], options: ReachOptions) => {
            code = reachable(paths, options, terminal);
        });
    command(
        "verify [objects...]",
        "Hold a cluster's objects to a matrix: what the rules refuse, the exceptions in force, and how far each row is " +
            "shown. Objects are files, folders or -; without any, kubectl reads the cluster (Secrets left out).",
    )
        .requiredOption("-m, --matrix <file>", "the matrix")
        .option(...inventory)
        .option(...annex)
        .requiredOption("--settings <file>", "the stack's Pulumi.<stack>.yaml, or the value of matrice:network")
        .option("--context <name>", "of the kubeconfig (default: the current one)")
        .option("--on <date>", "the day on which exceptions and expiry are judged (default: today)")
        .addOption(format("text", "json"))
        .action((paths: string[], options: VerifyOptions) => {
            code = verify(paths, options, terminal);
        });
    command(
        "review <base> [head]",
        "Say in Markdown what a change opens, closes, replaces and is refused for: from BASE (their last common commit) " +
            "to HEAD, or to the working tree. Revisions are read as data, nothing of them is run.",
    )
        .option("--preview <file>", "what `pulumi preview --json` printed; secrets in it are masked")
        .option("--without-preview <reason>", "why there is no preview, for the reader")
        .option("--repository <folder>", "the Git repository", ".")
        .option("--platforms <folder>", "the folder of the platforms' folders, from its root", "platforms")
        .option("--golden <folder>", "the folder of the rendered platforms, from its root", "test/golden")
        .option("--on <date>", "the day on which expiry is judged (default: today)")
        .option("-o, --output <file>", "where to write (default: the standard output)")
        .addOption(
            new Option("--for <forge>", "whose limit of length holds").choices(["github", "gitlab"]).default("github"),
        )
        .addOption(format("markdown", "json"))
        .action((base: string, head: string | undefined, options: ReviewOptions & { on?: string }) => {
            code = review(base, head, options, options.on === undefined ? new Date() : readDate(options.on), terminal);
        });
    command(
        "report <folder>",
        "Give every row of a platform's documents the rendered objects that realise it, and every object that opens " +
            "something its rows, as a Markdown page.",
    )
        .requiredOption("--golden <file>", "the rendered platform (test/golden/<platform>.<stack>.yaml)")
        .requiredOption("--settings <file>", "the Pulumi.<stack>.yaml that it was rendered with")
        .option("-o, --output <file>", "where to write (default: the standard output)")
        .option("--root <folder>", "the repository's root, from which files are named", ".")
        .action((folder: string, options: ReportOptions) => {
            code = report(folder, options, terminal);
        });
    command("comment <forge> <file>", "Post a review as a comment, or update the one that is there (github, gitlab).")
        .option("--request <number>", "of the pull request or merge request (default on GitLab: the job's)")
        .option("--author <login>", "who the token comments as (GitHub)", ACTIONS)
        .action(async (forge: string, file: string, options: CommentOptions) => {
            if (forge !== "github" && forge !== "gitlab") {
                throw new UsageError(`"${forge}" is no forge: expected github or gitlab.`);
            }
            code = await comment(forge, file, options, terminal);
        });
    command("pull-request", "Find the open pull request of a branch's commit on GitHub: its number and base.")
        .requiredOption("--head <owner:branch>", "the branch")
        .requiredOption("--commit <commit>", "the commit that the branch stands at")
        .action(async (options: { head: string; commit: string }) => {
            code = await pullRequest(options, terminal);
        });

    try {
        await program.parseAsync(argv, { from: "user" });
        return code;
    } catch (error) {
        return failure(error, terminal);
    }
}

function failure(error: unknown, terminal: Terminal): ExitCode {
    if (error instanceof CommanderError) {
        // Help that was asked for is no mistake; help in place of a missing command is.
        return error.exitCode === 0 ? 0 : 2;
    }
    if (error instanceof MatrixError) {
        const colour = colours(terminal.errIsTerminal, terminal.environment);
        terminal.err(error.diagnostics.map((diagnostic) => `${formatDiagnostic(diagnostic, colour)}\n`).join(""));
        return 1;
    }
    if (error instanceof UsageError) {
        terminal.err(`matrice: ${error.message}\n`);
        return 2;
    }
    throw error;
}
