import { objectsOf } from "../../golden/objects";
import { withoutPack, type Subject } from "./subject";

/** `make up` on a machine without the stack, and what it leaves behind. */
export function comesUp(subject: Subject): void {
    const { stack, namespace, listener } = subject;

    describe("make up", () => {
        it("brings the platform up and says what was made and what to try next", async () => {
            const said = await subject.project.must("make up", {}, 540);
            for (const words of [/Deployment/, /make -s env/, ...(subject.args.prints ?? [])])
                expect(said).toMatch(words);
            await subject.project.enter();
        });

        it("shows the workloads of the golden file in the cluster, each of them and no other", async () => {
            const kinds = ["Deployment", "StatefulSet", "CronJob"];
            const golden = objectsOf(subject.args.golden)
                .filter(({ kind }) => kinds.includes(kind))
                .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
            expect(golden.length).toBeGreaterThan(10);
            const live = await subject.project.objects("deploy,sts,cj");
            expect(live.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()).toEqual(golden.sort());
        });

        it("leaves nothing to change", async () => {
            const preview = `pulumi preview --stack ${stack} --expect-no-changes`;
            // `up` has just asked the pack of the same objects.
            await subject.project.must(preview, withoutPack);
        });

        it("leaves nothing that drifts", async () => {
            const refresh = `pulumi refresh --stack ${stack} --yes --skip-preview --expect-no-changes`;
            await subject.project.must(refresh);
        });

        it("has the cluster refuse what is applied past Pulumi", async () => {
            const patch = '[{"op":"replace","path":"/spec/ports/0/port","value":8088}]';
            const { code, output } = await subject.project.run(
                `kubectl -n ${namespace} patch service ${listener.name} --type=json -p '${patch}'`,
            );
            expect(code).not.toBe(0);
            const object = subject.named("Service", listener.name);
            expect(output).toContain(
                `denied request: service-port-listed  ${object}: 8088/TCP of role ${listener.title} is not in the matrix`,
            );
        });

        it("keeps no secret in plain text in its state", async () => {
            const secrets = (await subject.project.objects("secret"))
                .filter(({ metadata }) => subject.matrix.namespaces.includes(metadata.namespace ?? ""))
                .flatMap((object) =>
                    Object.entries((object as unknown as { data?: Record<string, string> }).data ?? {}),
                )
                // The name of a user of the object storage, which the bucket's policy tells as well.
                .filter(([file]) => file !== "access-key")
                .map(([, value]) => value);
            expect(secrets.length).toBeGreaterThan(3);
            const state = subject.project.state();
            const plain = (secret: string) => JSON.stringify(Buffer.from(secret, "base64").toString()).slice(1, -1);
            expect(secrets.filter((secret) => state.includes(secret) || state.includes(plain(secret)))).toEqual([]);
        });

        it("mends what somebody changed by hand", async () => {
            const own = `kubectl -n ${namespace}`;
            await subject.project.run(`${own} delete networkpolicy ${listener.name}`);
            await subject.project.run(`${own} scale deployment ${listener.name} --replicas=0`);
            const find = async (kind: string) =>
                (await subject.project.objects(kind)).find(({ metadata }) => metadata.name === listener.name);
            expect([await find("netpol"), (await find("deploy"))?.spec?.replicas]).toEqual([undefined, 0]);
            await subject.project.must(`pulumi up --stack ${stack} --yes --refresh --skip-preview`, withoutPack);
            expect(await find("netpol")).toBeDefined();
            expect((await find("deploy"))?.spec?.replicas).toBeGreaterThan(0);
        });
    });
}

/** The end of the stack and of its cluster. */
export function leavesNothing(subject: Subject): void {
    describe("pulumi destroy and make down", () => {
        it("leave nothing", async () => {
            const { project, stack } = subject;
            await project.must(`pulumi destroy --stack ${stack} --yes --skip-preview`);
            const kinds =
                "ns,deploy,sts,svc,netpol,crd,pvc,cm,validatingadmissionpolicy,validatingadmissionpolicybinding";
            const left = (await project.objects(kinds)).map(
                ({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`,
            );
            const own = new RegExp([subject.matrix.platform, ...subject.matrix.namespaces].join("|"));
            expect(left.filter((name) => own.test(name))).toEqual([]);
            await project.must("make down");
        });
    });
}
