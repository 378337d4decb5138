import * as fs from "node:fs";
import * as path from "node:path";
import type { KubernetesObject } from "../../network";
import { object, objects } from "../components/render";
import { renderStack } from "../platforms/render-stack";
import { BackedUp, PATH, TOTAL, user, USER } from "./backed-up";
import { type Container, Pod } from "./containers";
import { bundle, type Line } from "./job";
import { drill, type User, writer } from "./storage";

/*
 * The pods of agents' jobs as the stack renders them: their commands, variables and mounted scripts, with this machine's
 * folders in place of volumes and Debian's PostgreSQL in place of the image's.
 */

interface Spec {
    readonly name: string;
    readonly command: readonly string[];
    readonly env: readonly { readonly name: string; readonly value: string }[];
}

let all: BackedUp;
let rendered: KubernetesObject[];
let bucket: string;
let pod: Pod;
let pods = 0;

beforeAll(async () => {
    all = await BackedUp.start();
    rendered = objects((await renderStack("agents-dev")).resources);
});
afterAll(() => all?.stop());

function newPod(): Pod {
    const made = new Pod();
    fs.chownSync(made.exchange, user.uid, user.gid);
    return made;
}

/**
 * Starts both containers of a CronJob's pod, as the user of the database's image.
 * @param as whose keys of the object storage it has
 * @param files its other secrets
 * @param variables that are others here
 */
function start(cronJob: string, as: User, files: Record<string, string>, variables: Record<string, string>) {
    const others: Record<string, string> = { ...variables, S3_ENDPOINT: all.storage.endpoint, S3_BUCKET: bucket };
    const folder = all.folderOf(`pod-${++pods}`);
    const inPod = (name: string) => path.join(folder, name);
    for (const name of ["scripts", "jobs", "secrets"]) fs.mkdirSync(inPod(name));
    for (const name of ["spool", "scratch", "work"]) {
        fs.mkdirSync(inPod(name));
        fs.chownSync(inPod(name), user.uid, user.gid);
    }
    const scripts = object(rendered, "ConfigMap", `${cronJob}-scripts`).data as Record<string, string>;
    for (const [name, text] of Object.entries(scripts)) fs.writeFileSync(path.join(folder, "scripts", name), text);
    fs.copyFileSync(bundle, inPod("jobs/jobs.js"));

    const secrets: Record<string, string> = {
        "/run/secrets/object-storage/access-key": as.access,
        "/run/secrets/object-storage/secret-key": as.secret,
        ...files,
    };
    const places: Record<string, string> = {
        "/opt/exchange": inPod("scripts"),
        "/opt/jobs": inPod("jobs"),
        "/run/exchange": pod.exchange,
        "/spool": inPod("spool"),
        "/scratch": inPod("scratch"),
        "/work": inPod("work"),
        "/tmp": folder,
    };
    for (const [name, text] of Object.entries(secrets)) {
        places[name] = inPod(`secrets/${Object.keys(secrets).indexOf(name)}`);
        fs.writeFileSync(places[name], text);
    }
    const here = (text: string) => {
        const place = Object.keys(places).find((one) => text === one || text.startsWith(`${one}/`));
        if (place === undefined && text.startsWith("/")) throw new Error(`The test has nothing at ${text}.`);
        return place === undefined ? text : places[place] + text.slice(place.length);
    };
    const run =
        process.getuid?.() === 0 ? ["setpriv", `--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"] : [];
    const started = (spec: Spec): Container => {
        const command = spec.command.map((word) => (word === "node" ? process.execPath : here(word)));
        const own = Object.fromEntries(spec.env.map(({ name, value }) => [name, here(value)]));
        // A container is told nothing that it is not told there, but for the address that a name service would give.
        const known = Object.keys(others).filter((name) => name in own || name === "PGHOSTADDR");
        const changed = Object.fromEntries(known.map((name) => [name, others[name]]));
        return pod.start([...run, ...command], { ...own, ...changed, PATH });
    };
    const { spec } = object(rendered, "CronJob", cronJob).spec.jobTemplate.spec.template;
    const [job, partner] = spec.containers as Spec[];
    return { partner: started(partner), job: started(job) };
}

async function ended({ job, partner }: ReturnType<typeof start>) {
    const { code, output } = await job.ended;
    const last = JSON.parse(output.toString().trim().split("\n").at(-1)!) as Line;
    const other = await partner.ended;
    return { code, last, partner: { code: other.code, errors: other.errors } };
}

it("the database of the stack admits whom that of these tests admits", () => {
    const { data } = object(rendered, "ConfigMap", "postgresql");
    expect(data).toEqual(all.files.configuration);
});

describe("the pods of agents' jobs", () => {
    let outcome: Awaited<ReturnType<typeof ended>>;
    const runBackup = () => {
        const { PGPORT, PGHOSTADDR, PGSSLROOTCERT } = all.environment;
        const secrets = {
            "/run/secrets/database/password": all.files.passwords[USER],
            "/run/secrets/authority/ca.crt": fs.readFileSync(PGSSLROOTCERT, "utf8"),
        };
        return ended(start("backup", writer, secrets, { PGPORT, PGHOSTADDR, AGE_RECIPIENTS: all.recipients }));
    };
    const runDrill = () => {
        const secrets = { "/run/secrets/job/identity": fs.readFileSync(all.keys[1].identityFile, "utf8") };
        return ended(start("restore-drill", drill, secrets, {}));
    };

    beforeAll(async () => {
        bucket = await all.newBucket();
        pod = newPod();
        outcome = await runBackup();
        pod.remove();
    });
    beforeEach(() => {
        pod = newPod();
    });
    afterEach(() => pod.remove());

    it("back the whole database up", () => {
        const { code, last, partner } = outcome;
        expect([last, partner.errors]).toMatchObject([{ message: "done", documents: TOTAL, namespaces: 7 }, ""]);
        expect([code, partner.code]).toEqual([0, 0]);
    });

    it("restore it into a server of their own, and find as many rows in every table", async () => {
        const { code, last, partner } = await runDrill();
        expect([last, partner.errors]).toMatchObject([{ message: "done", documents: TOTAL, collections: 7 }, ""]);
        expect([code, partner.code]).toEqual([0, 0]);
    });

    it("restore nothing of an archive of which a byte was changed", async () => {
        const { manifest } = await all.committed(bucket);
        const file = path.join(all.storage.folder, "data", bucket, manifest.archive.key);
        const bytes = fs.readFileSync(file);
        const changed = Buffer.from(bytes);
        changed[bytes.length >> 1] ^= 1;
        fs.writeFileSync(file, changed);
        try {
            const { code, last } = await runDrill();
            expect(last.message).toContain("is not what was backed up");
            expect(last.message).toContain("Nothing was restored.");
            expect(code).toBe(1);
        } finally {
            fs.writeFileSync(file, bytes);
        }
    });
});
