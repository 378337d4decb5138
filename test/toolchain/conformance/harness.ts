/** The Kubernetes stand-in in the real engine on a real, embedded cluster. */
import fs from "node:fs";
import path from "node:path";
import { type Cluster, startCluster, stopCluster } from "../../../toolchain/cluster/cluster";
import { kubectl } from "../../../toolchain/cluster/health";
import { Engine, type Result } from "./engine";

type KubernetesObject = { metadata: Record<string, unknown>; [field: string]: unknown };

export class Harness {
    private constructor(
        readonly cluster: Cluster,
        private readonly engines: Engine[],
    ) {}

    /** Starts a cluster of that name; `dispose` stops it and removes all that the harness made. */
    static async start(name: string): Promise<Harness> {
        await stopCluster(name);
        return new Harness(await startCluster(name), []);
    }

    async dispose(): Promise<void> {
        this.engines.forEach((engine) => engine.dispose());
        await stopCluster(this.cluster.name);
    }

    /** A project of its own on the cluster. */
    async project(env: NodeJS.ProcessEnv = {}): Promise<Project> {
        const project = await Project.create({ KUBECONFIG: this.cluster.kubeconfig, ...env });
        this.engines.push(project.engine);
        return project;
    }

    /** Runs kubectl as someone else than Pulumi; fails unless it ends with 0. */
    async kubectl(...args: string[]): Promise<string> {
        const result = await kubectl(this.cluster, args);
        if (result.code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${result.output}`);
        return result.stdout;
    }

    async apply(...objects: object[]): Promise<void> {
        const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
        const result = await kubectl(this.cluster, ["apply", "-f", "-"], { input });
        if (result.code !== 0) throw new Error(result.output);
    }

    /** The live object; `undefined` when there is none. */
    async find(kind: string, name: string, namespace = "default"): Promise<KubernetesObject | undefined> {
        const args = ["get", kind, name, "--namespace", namespace, "--ignore-not-found", "--output", "json"];
        const found = await this.kubectl(...args);
        return found.trim() === "" ? undefined : (JSON.parse(found) as KubernetesObject);
    }

    async get(kind: string, name: string, namespace = "default"): Promise<KubernetesObject> {
        const found = await this.find(kind, name, namespace);
        if (!found) throw new Error(`there is no ${kind} ${namespace}/${name}`);
        return found;
    }
}

/** A Pulumi project whose program is given as JavaScript, with `k8s` and `pulumi` at hand. */
export class Project {
    private constructor(readonly engine: Engine) {}

    /** A project with the Kubernetes stand-in; `engine.dispose` removes it. */
    static async create(env: NodeJS.ProcessEnv): Promise<Project> {
        return new Project(await Engine.create({ standIns: ["language-nodejs", "kubernetes"], env }));
    }

    program(source: string): void {
        const head = 'const pulumi = require("@pulumi/pulumi"), k8s = require("@pulumi/kubernetes");\n';
        fs.writeFileSync(path.join(this.engine.folder, "index.js"), head + source);
    }

    /** Brings the stack to the program, and fails with all that was said unless that succeeds. */
    async up(source: string, ...flags: string[]): Promise<Result> {
        this.program(source);
        return this.engine.succeed("up", "--yes", "--skip-preview", ...flags);
    }

    /** The same for a program that must fail: what was said. */
    async upFails(source: string, ...flags: string[]): Promise<string> {
        this.program(source);
        return failed(await this.engine.up(...flags));
    }

    async previewFails(source: string): Promise<string> {
        this.program(source);
        return failed(await this.engine.pulumi("preview"));
    }

    /** What a preview of the program would do, by resource name; what stays the same is left out. */
    async plan(source: string, ...flags: string[]): Promise<Record<string, string>> {
        this.program(source);
        const steps = Object.entries(await this.engine.preview(...flags));
        return Object.fromEntries(steps.filter(([, { op }]) => op !== "same").map(([name, { op }]) => [name, op]));
    }

    /** Nothing to do, neither for the program nor for a refresh. */
    async expectSettled(): Promise<void> {
        await this.engine.succeed("preview", "--expect-no-changes");
        await this.engine.succeed("refresh", "--yes", "--skip-preview", "--expect-no-changes");
    }

    async refresh(...flags: string[]): Promise<Result> {
        return this.engine.succeed("refresh", "--yes", "--skip-preview", ...flags);
    }

    async destroy(): Promise<Result> {
        return this.engine.succeed("destroy", "--yes", "--skip-preview");
    }
}

function failed({ code, output }: Result): string {
    if (code === 0) throw new Error(`it was to fail:\n${output}`);
    return output;
}
