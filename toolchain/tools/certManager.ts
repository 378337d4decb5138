import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { ToolchainError } from "../failure";
import { binFolder, certManagerChart, certManagerCrds, display, goFolder } from "../paths";
import { must } from "../processes";
import type { Steps } from "../steps";
import { goEnvironment, requireGo } from "./goBuild";

const moduleFolder = path.join(goFolder, "cert-manager");
const modulePath = "github.com/cert-manager/cert-manager";

/** The version go.mod pins, with its leading "v". */
export function certManagerVersion(goMod = fs.readFileSync(path.join(moduleFolder, "go.mod"), "utf8")): string {
    const version = new RegExp(`^(?:require )?\\s*${modulePath} (v\\S+)`, "m").exec(goMod)?.[1];
    if (!version) throw new Error(`toolchain/go/cert-manager/go.mod requires no ${modulePath}`);
    return version;
}

/**
 * Puts cert-manager's CustomResourceDefinitions and what else its chart comes to, both from its Go module, where the
 * program reads them. Expects helm to be in place.
 * @throws ToolchainError when the bytes differ from the committed checksums
 */
export async function acquireCertManager(steps: Steps): Promise<void> {
    const version = certManagerVersion();
    if (!isRight(certManagerCrds)) {
        await steps.step(`Fetching cert-manager's definitions ${version} from its Go module`, async () =>
            keep(certManagerCrds, joinDefinitions(path.join(await sources(), "deploy", "crds"))),
        );
    }
    if (!isRight(certManagerChart)) {
        await steps.step(`Rendering cert-manager's chart ${version}`, async () =>
            keep(certManagerChart, joinObjects(await renderChart(await sources(), version))),
        );
    }
}

/** The folder of the module's sources, downloaded if it isn't there. */
async function sources(): Promise<string> {
    await requireGo("cert-manager");
    const { stdout } = await must("go", ["mod", "download", "-json", modulePath], {
        what: `Downloading ${modulePath} ${certManagerVersion()}`,
        cwd: moduleFolder,
        env: goEnvironment(),
        timeoutSeconds: 600,
        mends: ["see what Go can reach: go env GOPROXY"],
    });
    return (JSON.parse(stdout) as { Dir: string }).Dir;
}

/** The chart in the sources has no version: it is given when the chart is packed, as its publishers do. */
async function renderChart(folder: string, version: string): Promise<string> {
    const helm = path.join(binFolder, "helm");
    const temporary = fs.mkdtempSync(path.join(os.tmpdir(), "cert-manager-chart-"));
    // What somebody configured for a helm of their own has no say in what is rendered.
    const own = { HELM_CONFIG_HOME: temporary, HELM_CACHE_HOME: temporary, HELM_DATA_HOME: temporary };
    const options = {
        env: { ...process.env, ...own },
        timeoutSeconds: 120,
        mends: ["see which helm is in force: make doctor"],
    };
    try {
        const chart = path.join(folder, "deploy", "charts", "cert-manager");
        const versions = ["--version", version, "--app-version", version];
        const packing = { ...options, what: "Packing cert-manager's chart" };
        await must(helm, ["package", chart, ...versions, "--destination", temporary], packing);
        const packed = path.join(temporary, `cert-manager-${version}.tgz`);
        const values = ["--namespace", "cert-manager", "--values", path.join(moduleFolder, "values.yaml")];
        const rendering = { ...options, what: "Rendering cert-manager's chart" };
        return (await must(helm, ["template", "cert-manager", packed, ...values], rendering)).stdout;
    } finally {
        fs.rmSync(temporary, { recursive: true, force: true });
    }
}

/** All YAML files of a folder as one JSON list, in the order of their names, without the schemas' descriptions. */
export function joinDefinitions(folder: string): string {
    const files = fs.readdirSync(folder).filter((name) => name.endsWith(".yaml"));
    const documents = files.sort().flatMap((name) => objectsOf(fs.readFileSync(path.join(folder, name), "utf8")));
    return `${JSON.stringify(documents, withoutDescriptions)}\n`;
}

interface Named {
    readonly kind: string;
    readonly metadata: { readonly name: string };
}

/** The objects of a stream of YAML documents as one JSON list by kind and name, whatever order they were written in. */
export function joinObjects(text: string): string {
    const key = ({ kind, metadata }: Named) => `${kind} ${metadata.name}`;
    const objects = (objectsOf(text) as Named[]).sort((a, b) => (key(a) < key(b) ? -1 : 1));
    return `${JSON.stringify(objects, null, 1)}\n`;
}

function objectsOf(text: string): unknown[] {
    return parseAllDocuments(text)
        .map((document) => document.toJS() as unknown)
        .filter((object) => object !== null);
}

/**
 * Leaves out what a schema says of its fields for people, three quarters of the bytes: the engine, each plugin and the
 * policy pack would read them again at every preview. A field that is itself called "description" has a schema, no text.
 */
function withoutDescriptions(key: string, value: unknown): unknown {
    return key === "description" && typeof value === "string" ? undefined : value;
}

/** Where the checksum of a file is committed: crds.json → crds.sha256. */
function checksumFile(file: string): string {
    return path.join(moduleFolder, `${path.basename(file, ".json")}.sha256`);
}

function wanted(file: string): string {
    return fs.readFileSync(checksumFile(file), "utf8").split(/\s/)[0];
}

function isRight(file: string): boolean {
    return fs.existsSync(file) && checksum(fs.readFileSync(file)) === wanted(file);
}

function keep(file: string, text: string): void {
    if (checksum(text) !== wanted(file)) {
        throw new ToolchainError(
            `${path.basename(file)} of cert-manager ${certManagerVersion()} has the checksum ${checksum(text)}, not the ` +
                `${wanted(file)} of ${display(checksumFile(file))}.`,
            ["if the version was changed on purpose, look at the difference and commit the new checksum"],
        );
    }
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(`${file}.new`, text);
    fs.renameSync(`${file}.new`, file);
}

function checksum(data: string | Buffer): string {
    return createHash("sha256").update(data).digest("hex");
}
