import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { ToolchainError } from "../failure";
import { certManagerCrds, display, goFolder } from "../paths";
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
 * Puts cert-manager's CustomResourceDefinitions, taken from its Go module, where the program reads them.
 * @throws ToolchainError when the bytes differ from the committed checksum
 */
export async function acquireCertManagerCrds(steps: Steps): Promise<void> {
    const version = certManagerVersion();
    const wanted = fs.readFileSync(path.join(moduleFolder, "crds.sha256"), "utf8").split(/\s/)[0];
    if (fs.existsSync(certManagerCrds) && checksum(fs.readFileSync(certManagerCrds)) === wanted) return;
    await steps.step(`Fetching cert-manager's definitions ${version} from its Go module`, async () => {
        await requireGo("cert-manager");
        const { stdout } = await must("go", ["mod", "download", "-json", modulePath], {
            what: `Downloading ${modulePath} ${version}`,
            cwd: moduleFolder,
            env: goEnvironment(),
            timeoutSeconds: 600,
            mends: ["see what Go can reach: go env GOPROXY"],
        });
        const text = joinDefinitions(path.join((JSON.parse(stdout) as { Dir: string }).Dir, "deploy", "crds"));
        if (checksum(text) !== wanted) {
            throw new ToolchainError(
                `The definitions of cert-manager ${version} have the checksum ${checksum(text)}, not the ${wanted} of ` +
                    `${display(moduleFolder)}/crds.sha256.`,
                ["if the version was changed on purpose, look at the difference and commit the new checksum"],
            );
        }
        fs.mkdirSync(path.dirname(certManagerCrds), { recursive: true });
        fs.writeFileSync(`${certManagerCrds}.new`, text);
        fs.renameSync(`${certManagerCrds}.new`, certManagerCrds);
    });
}

/** All YAML files of a folder as one JSON list, in the order of their names, without the schemas' descriptions. */
export function joinDefinitions(folder: string): string {
    const files = fs.readdirSync(folder).filter((name) => name.endsWith(".yaml"));
    const documents = files
        .sort()
        .flatMap((name) => parseAllDocuments(fs.readFileSync(path.join(folder, name), "utf8")))
        .map((document) => document.toJS() as unknown)
        .filter((definition) => definition !== null);
    return `${JSON.stringify(documents, withoutDescriptions)}\n`;
}

/**
 * Leaves out what a schema says of its fields for people, three quarters of the bytes: the engine, each plugin and the
 * policy pack would read them again at every preview. A field that is itself called "description" has a schema, no text.
 */
function withoutDescriptions(key: string, value: unknown): unknown {
    return key === "description" && typeof value === "string" ? undefined : value;
}

function checksum(data: string | Buffer): string {
    return createHash("sha256").update(data).digest("hex");
}
