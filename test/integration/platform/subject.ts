/** A platform on which the behaviours of this folder are tried, and what they call its parts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { loadPlatform, type Matrix, type Role } from "../../../matrix";
import type { Addresses } from "../oracle";
import { Project } from "../project";

export const root = join(__dirname, "../../..");

/** For commands that need no policy pack: the program and the cluster judge by themselves. */
export const withoutPack = { PULUMI_OPTION_POLICY_PACK: "" };

export interface SubjectArgs {
    /** The folder under platforms/. */
    readonly platform: string;
    /** The stack of an embedded cluster. */
    readonly stack: string;
    /** The rendered stack, test/golden/<golden>.yaml. */
    readonly golden: string;
    /** What `make up` prints besides what it prints for every platform. */
    readonly prints?: readonly RegExp[];
    /** The role that asks `listener` and whose own rows lead nowhere near `database`. */
    readonly front: string;
    /** A role of several pods with a Service of one port, which `front` reaches, and which reaches `database` and `cache`. */
    readonly listener: string;
    readonly database: string;
    readonly cache: string;
}

/** A part of the platform that the behaviours try, as its objects and its rows name it. */
export interface Part {
    /** The role in the matrix. */
    readonly title: string;
    /** Its workload, its Service and its pods' label. */
    readonly name: string;
    /** By the row that leads to it. */
    readonly port: number;
}

/** The names of one platform, and its project once `make up` was started in a copy of its own. */
export class Subject {
    readonly matrix: Matrix;
    /** That of the applications. */
    readonly namespace: string;
    readonly front: Part;
    readonly listener: Part;
    readonly database: Part;
    readonly cache: Part;
    private made?: Project;

    constructor(readonly args: SubjectArgs) {
        this.matrix = loadPlatform(join(root, this.folder));
        const part = (role: Role, port: number): Part => ({ title: role.name, name: role.workload!.name, port });
        const [front, listener, database, cache] = [args.front, args.listener, args.database, args.cache].map((name) =>
            this.matrix.role(name),
        );
        const to = (from: Role, role: Role) => part(role, this.matrix.port(from.name, role.name));
        this.namespace = listener.workload!.namespace;
        this.listener = to(front, listener);
        this.front = part(front, this.listener.port);
        this.database = to(listener, database);
        this.cache = to(listener, cache);
    }

    get stack(): string {
        return this.args.stack;
    }

    /** The platform's folder, from the root. */
    get folder(): string {
        return `platforms/${this.args.platform}`;
    }

    get settings(): string {
        return `Pulumi.${this.stack}.yaml`;
    }

    /** A file of the repository as it is. */
    text(file: string): string {
        return readFileSync(join(root, file), "utf8");
    }

    /** The addresses of people and machines, as the stack sets them. */
    get addresses(): Addresses {
        return parse(this.text(this.settings)).config["matrice:network"];
    }

    get project(): Project {
        if (!this.made) throw new Error("the project is made before the first test");
        return this.made;
    }

    async start(): Promise<void> {
        this.made = await Project.create(this.args.platform, this.stack);
    }

    async end(): Promise<void> {
        await this.made?.remove();
    }

    /** The name of a Kubernetes object of the applications, as messages write it. */
    named(kind: string, name: string): string {
        return `${kind} ${this.namespace}/${name}`;
    }
}
