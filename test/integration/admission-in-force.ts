/** The admission of a platform in force on a cluster of its own, and what it must refuse and let pass of any platform. */
import { admissionObjects } from "../../admission/compile";
import { parseAdmissionSettings } from "../../admission/settings";
import type { KubernetesObject } from "../../network";
import { checkObject, type RuleContext } from "../../rules";
import { type Cluster, startCluster, stopCluster } from "../../toolchain/cluster/cluster";
import { even, said, until } from "../admission/answers";
import { type Answer, ApiServer } from "../admission/api-server";
import { definitions } from "../admission/definitions";
import { objectsOf } from "../golden/objects";
import { edit, workloads, type Harmless, type Rogue } from "../mutations/objects";
import { contextOf } from "../mutations/platform";

export interface AdmissionArgs {
    /** Of the cluster. */
    readonly name: string;
    readonly stack: string;
    /** The rendered stack, test/golden/<golden>.yaml. */
    readonly golden: string;
    readonly rogues: readonly Rogue[];
    readonly harmless: readonly Harmless[];
    /** Whether only the preview can judge a rogue. */
    readonly isElsewhere: (rogue: Rogue) => boolean;
    /** What the API server writes into its audit log. */
    readonly auditPolicy?: string;
}

/** By a policy: a pod is refused as well while its namespace has no service account yet. */
const isRefused = (answer: Answer) => said(answer).policy !== undefined;

export class AdmissionInForce {
    readonly context: RuleContext;
    /** The parameters, then the policies. */
    readonly objects: readonly KubernetesObject[];
    /** What the stack registers. */
    readonly platform: readonly KubernetesObject[];
    readonly judged: readonly Rogue[];
    private running?: { cluster: Cluster; api: ApiServer };

    constructor(private readonly args: AdmissionArgs) {
        this.context = { ...contextOf(args.stack), on: new Date() };
        this.objects = admissionObjects({ ...this.context, settings: parseAdmissionSettings(undefined) });
        this.platform = objectsOf(args.golden);
        this.judged = args.rogues.filter((rogue) => !args.isElsewhere(rogue));
    }

    get api(): ApiServer {
        return this.started.api;
    }

    /** Where the cluster keeps its logs. */
    get folder(): string {
        return this.started.cluster.folder;
    }

    private get started() {
        if (!this.running) throw new Error("the cluster is started before the first test");
        return this.running;
    }

    async start(): Promise<void> {
        const { name, auditPolicy, rogues, harmless } = this.args;
        await stopCluster(name);
        const cluster = await startCluster(name, { auditPolicy });
        this.running = { cluster, api: new ApiServer(cluster) };
        const tried = [...rogues, ...harmless].flatMap(({ add }) => [...add]);
        await Promise.all(definitions([...tried, ...this.platform]).map((object) => this.keep(object)));
        for (const object of this.platform.filter(({ kind }) => kind === "Namespace")) await this.keep(object);
        await this.keep({ apiVersion: "v1", kind: "Namespace", metadata: { name: "elsewhere" } });
        for (const object of this.objects) await this.keep(object);
        // Each policy takes force on its own.
        const canaries = new Map(this.judged.toReversed().map(({ add: [first] }) => [this.policyFor(first), first]));
        for (const [policy, canary] of canaries)
            expect(said(await until(() => this.api.apply(canary), isRefused))).toMatchObject({ policy });
    }

    async stop(): Promise<void> {
        this.running?.api.close();
        await stopCluster(this.args.name);
    }

    /** Leaves an object in the cluster. */
    async keep(object: KubernetesObject): Promise<void> {
        const { code, body } = await this.api.apply(object, { keep: true });
        if (code >= 300) throw new Error(`${object.kind} ${object.metadata.name}: ${body.message}`);
    }

    /** The policy meant for a kind of object. */
    policyFor({ kind }: KubernetesObject): string {
        const group: Record<string, string> = {
            Service: "services",
            NetworkPolicy: "network-policies",
            Endpoints: "endpoints",
            EndpointSlice: "endpoints",
            Namespace: "namespaces",
        };
        return `${this.context.matrix.platform}-${group[kind] ?? (kind in workloads ? "pods" : "routes")}`;
    }
}

/** Registers the tests that hold for any platform, and the start and end of the cluster around all of a file's. */
export function refusesPastPulumi(admission: AdmissionInForce, { rogues, harmless }: AdmissionArgs): void {
    const { judged, context } = admission;
    const caught = new Set<string>();
    const passed = new Set<string>();

    beforeAll(() => admission.start());

    afterAll(async () => {
        process.stdout.write(
            `mutations: ${caught.size} of ${judged.length} rogues of ${context.matrix.platform} refused by the API server ` +
                `(${rogues.length - judged.length} are the preview's alone); ` +
                `${passed.size} of ${harmless.length} harmless changes passed\n`,
        );
        await admission.stop();
    });

    describe("a rogue past Pulumi is refused by the policy meant for it, in the words of its rule", () => {
        test.each(judged)("$rule: $title", async ({ title, add, rule, names }) => {
            for (const object of add) {
                const answer = said(await admission.api.apply(object));
                expect(answer).toMatchObject({ code: 403, policy: admission.policyFor(object) });
                for (const expected of names) expect(answer.message).toMatch(expected);
                const findings = checkObject(object, context).filter(({ level }) => level === "mandatory");
                expect(answer.message).toBe(even([rule, ...findings.map(({ message }) => message)].join(" ")));
            }
            caught.add(title);
        });

        test("the rest are those that only the preview can judge", () => {
            expect(judged.length).toBeGreaterThanOrEqual(80);
        });
    });

    describe("a harmless change passes", () => {
        if (harmless.length > 0)
            test.each(harmless)("$title", async ({ title, add }) => {
                for (const object of add)
                    expect(said(await admission.api.apply(object))).toMatchObject({ policy: undefined, code: 201 });
                passed.add(title);
            });

        test("and so does the whole platform", async () => {
            // Pulumi gives names to those that have none.
            const named = admission.platform.map((object, index) =>
                edit(structuredClone(object), ({ metadata }) => (metadata.name ??= `named-${index}`)),
            );
            const answers = await Promise.all(named.map((object) => admission.api.apply(object)));
            expect(answers.map(said).filter(({ policy, code }) => policy !== undefined || code >= 300)).toEqual([]);
        });
    });
}
