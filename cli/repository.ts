import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "./terminal";

/** The files of a repository at one commit, or as they stand in its working tree. */
export interface Revision {
    /** A short commit, or "working tree". */
    readonly name: string;
    /** The text of a file by its path from the repository's root; undefined when there is none. */
    read(path: string): string | undefined;
    /** Paths of the files below a folder, sorted. */
    list(folder: string): string[];
}

/** A Git repository, read as data: nothing that a revision holds is ever run. */
export class Repository {
    private constructor(readonly folder: string) {}

    /** The repository that a folder is part of. Throws UsageError. */
    static at(folder: string): Repository {
        try {
            return new Repository(git(folder, "rev-parse", "--show-toplevel").trimEnd());
        } catch (error) {
            throw new UsageError(`${folder}: this is not in a Git repository (${reason(error)}).`);
        }
    }

    /** The commit that a branch, tag or abbreviation names. Throws UsageError. */
    commit(name: string): string {
        try {
            return git(this.folder, "rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`).trim();
        } catch {
            throw new UsageError(`${name}: there is no such revision here. Fetch it first (git fetch origin ${name}).`);
        }
    }

    /** The last commit that two have in common; undefined when the history at hand does not reach that far. */
    mergeBase(one: string, other: string): string | undefined {
        try {
            return git(this.folder, "merge-base", one, other).trim();
        } catch {
            return undefined;
        }
    }

    /** The files of a commit, given as `commit` gives it. */
    at(commit: string): Revision {
        let files: string[] | undefined;
        const all = () =>
            (files ??= git(this.folder, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit).split("\0"));
        return {
            name: commit.slice(0, 12),
            read: (path) =>
                all().includes(path) ? git(this.folder, "cat-file", "blob", `${commit}:${path}`) : undefined,
            list: (folder) => all().filter((file) => file.startsWith(`${folder}/`)),
        };
    }

    /** The files as they stand, committed or not. Links are left out: they may lead anywhere. */
    workingTree(): Revision {
        const isFile = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
        return {
            name: "working tree",
            read: (path) =>
                isFile(join(this.folder, path)) ? readFileSync(join(this.folder, path), "utf8") : undefined,
            list: (folder) => {
                const path = join(this.folder, folder);
                return !existsSync(path)
                    ? []
                    : readdirSync(path, { recursive: true, encoding: "utf8" })
                          .filter((file) => isFile(join(path, file)))
                          .map((file) => `${folder}/${file}`)
                          .sort();
            },
        };
    }
}

function git(folder: string, ...args: string[]): string {
    return execFileSync("git", ["-C", folder, ...args], {
        encoding: "utf8",
        maxBuffer: 256 * 1024 * 1024,
        stdio: ["ignore", "pipe", "pipe"],
    });
}

function reason(error: unknown): string {
    const { stderr, code, message } = error as { stderr?: string; code?: string; message: string };
    return code === "ENOENT" ? "git is not on PATH" : (stderr ?? message).trim().split("\n")[0];
}
