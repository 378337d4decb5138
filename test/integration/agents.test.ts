import { join } from "node:path";
import { parse } from "yaml";
import { loadPlatform, type Matrix } from "../../matrix";
import { differences, type Addresses } from "./oracle";
import { Project } from "./project";

const MINUTE = 60_000;
jest.setTimeout(10 * MINUTE);

const STACK = "agents-dev";
const analyzer = join(__dirname, "../../.tools/bin/netpol-analyzer");
const dumps = join(__dirname, "../../.tools/test/dumps-agents");

let project: Project;
let matrix: Matrix;
let stack: Addresses;

beforeAll(async () => {
    project = await Project.create("agents");
    matrix = loadPlatform(join(project.folder, "platforms/agents"));
    stack = parse(project.read(`Pulumi.${STACK}.yaml`)).config["matrice:network"];
});

afterAll(async () => {
    await project.run(`make down STACK=${STACK} FORCE=1`);
    await project.remove();
});

it("agents comes up on a cluster of its own, leaves nothing to change and nothing that drifts", async () => {
    expect(await project.run(`make up STACK=${STACK}`, {}, 540)).toMatchObject({ code: 0 });
    await project.enter(STACK);
    expect(await project.run(`pulumi preview --stack ${STACK} --expect-no-changes`)).toMatchObject({ code: 0 });
    expect(await project.run(`pulumi refresh --stack ${STACK} --yes --expect-no-changes`)).toMatchObject({ code: 0 });
});

it("netpol-analyzer sees in its cluster exactly what the rows of matrix and annex say", async () => {
    const objects = await project.objects("ns,deploy,sts,job,cronjob,netpol");
    const rows = differences(analyzer, objects, matrix, stack, dumps).map(({ kind, row }) => `${kind} ${row}`);
    expect(rows).toEqual([]);
});

it("make down leaves nothing", async () => {
    expect(await project.run(`pulumi destroy --stack ${STACK} --yes`)).toMatchObject({ code: 0 });
    const left = (await project.objects("ns,deploy,sts,svc,netpol,crd,pvc")).map(
        ({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`,
    );
    expect(left.filter((name) => /agents|monitoring|cert-manager/.test(name))).toEqual([]);
    expect(await project.run(`make down STACK=${STACK}`)).toMatchObject({ code: 0 });
});
