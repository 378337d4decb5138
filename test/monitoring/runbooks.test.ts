import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { namesIn, promqlOf, readAlerts, RUNBOOKS } from "./rules";
import { platforms } from "./watched";

const alerts = new Set(readAlerts().map(({ alert }) => alert));
const runbooks = namesIn(RUNBOOKS, ".md").map((name) => ({
    name,
    text: readFileSync(resolve(RUNBOOKS, `${name}.md`), "utf8"),
}));

/** "KIND namespace/name" of what runs, and the label that pods have of it. */
const workloads = new Set(
    platforms
        .flatMap(({ objects }) => objects)
        .filter(({ kind }) => ["CronJob", "Deployment", "StatefulSet"].includes(kind))
        .flatMap(({ kind, metadata: { namespace, name } }) => [
            `${kind.toLowerCase()} ${namespace}/${name}`,
            `pod ${namespace}/${name}`,
        ]),
);

/** What commands name, as `workloads` has it; a namespace that the reader fills in stands for any. kube-system's is the provider's. */
function namedBy(text: string): { command: string; admits: RegExp }[] {
    const commands = text.match(/kubectl -n (?!kube-system)[^`\n]*/g) ?? [];
    return commands.flatMap((command) => {
        const namespace = /^kubectl -n ([\w-]+)/.exec(command)?.[1] ?? "[^/]+";
        const of = (kind: string, name: string) => ({ command, admits: new RegExp(`^${kind} ${namespace}/${name}$`) });
        return [
            ...[...command.matchAll(/app\.kubernetes\.io\/name=([a-z-]+)/g)].map(([, name]) => of("pod", name)),
            ...[...command.matchAll(/\b(cronjob|deployment|statefulset)[/ ]([a-z-]+)\b/g)].map(([, kind, name]) =>
                of(kind, name),
            ),
        ];
    });
}

it("are of alerts that exist", () => {
    expect(runbooks.filter(({ name }) => !alerts.has(name)).map(({ name }) => name)).toEqual([]);
});

describe.each(runbooks)("$name", ({ name, text }) => {
    it("bears the alert's name and the four sections, in their order", () => {
        expect(text.match(/^#+ .*$/gm)!.filter((line) => /^##? [A-Z]/.test(line))).toEqual([
            `# ${name}`,
            "## Meaning",
            "## Impact",
            "## Diagnosis",
            "## Mitigation",
        ]);
    });

    it("leaves no section empty", () => {
        const sections = text.split(/^## .*$/m).slice(1);
        expect(sections.filter((section) => section.trim() === "")).toEqual([]);
    });

    it("fits on a page", () => {
        expect(text.split("\n").length).toBeLessThanOrEqual(60);
    });

    it("gives a command or a query to find out more", () => {
        const commands = text.match(/^(kubectl|openssl|pulumi|npx) /gm) ?? [];
        expect(commands.length + promqlOf(text).length).toBeGreaterThan(0);
    });

    it("names workloads that a platform runs, where it runs them", () => {
        const strange = namedBy(text).filter(({ admits }) => ![...workloads].some((one) => admits.test(one)));
        expect(strange.map(({ command }) => command)).toEqual([]);
    });

    it("links to pages that exist", () => {
        const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target);
        expect(links.filter((target) => !existsSync(resolve(RUNBOOKS, target)))).toEqual([]);
    });
});
