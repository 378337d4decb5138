import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { loadContext } from "../../policies/settings";

const urn = "urn:pulumi:dev::matrice::kubernetes:core/v1:Service::api";
const matrix = `|Source|Destination|Port|Protocol|\n|-|-|-|-|\n|Proxy|API|80|HTTP|\n`;
const inventory = `platform: rides
namespaces: [rides]
zones: [application]
roles:
    Proxy: { workload: rides/proxy, zone: application }
    API: { workload: rides/api, zone: application }
`;
const stack = `config:
    matrice:platform: rides
    matrice:network:
        edge: direct
        people: { clients: [203.0.113.0/24] }
`;

let root: string;
const write = (name: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
};

beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "matrice-settings-"));
    write("Pulumi.yaml", "name: matrice\nruntime: nodejs\n");
    write("Pulumi.dev.yaml", stack);
    write("platforms/rides/matrix.md", matrix);
    write(
        "platforms/rides/annex.md",
        matrix
            .replace("|Protocol|", "|Protocol|Serves|")
            .replace("|-|-|-|-|", "|-|-|-|-|-|")
            .replace("|Proxy|API|80|HTTP|", "|API|API|9000|TCP|Proxy → API|"),
    );
    write("platforms/rides/inventory.yaml", inventory);
    fs.mkdirSync(path.join(root, "policies"));
});
afterEach(() => fs.rmSync(root, { recursive: true }));

const load = (of = urn) => loadContext(of, path.join(root, "policies"));

describe("the pack's settings", () => {
    test("come from the stack's file and the platform's documents", () => {
        const context = load();
        expect(context.matrix.role("API").port("http")).toBe(80);
        expect(context.network.people).toEqual({ clients: ["203.0.113.0/24"] });
        expect(context.platformFiles.matrix).toBe(path.join("platforms", "rides", "matrix.md"));
    });

    test("hold the levels of rules", () => {
        write("Pulumi.dev.yaml", `${stack}    matrice:policies: { nothing-wider: advisory }\n`);
        expect(load().levels).toEqual({ "nothing-wider": "advisory" });
    });

    test("take the project's defaults, and settings kept as JSON", () => {
        write(
            "Pulumi.yaml",
            "name: matrice\nconfig:\n    platform: { default: rides }\n    matrice:network: { value: '{}' }\n",
        );
        write("Pulumi.dev.yaml", "encryptionsalt: v1\n");
        expect(load().network.edge).toBe("direct");
    });

    test.each<[string, () => void, RegExp]>([
        ["no file for the stack", () => fs.rmSync(path.join(root, "Pulumi.dev.yaml")), /Pulumi\.dev\.yaml is missing/],
        [
            "no platform",
            () => write("Pulumi.dev.yaml", "config: {}\n"),
            /pulumi config set --stack dev matrice:platform/,
        ],
        [
            "a platform elsewhere",
            () => write("Pulumi.dev.yaml", stack.replace("rides", "../rides")),
            /no name of a folder/,
        ],
        [
            "an unknown platform",
            () => write("Pulumi.dev.yaml", stack.replace("rides", "boats")),
            /platforms\/boats has no matrix\.md/,
        ],
        [
            "no network",
            () => write("Pulumi.dev.yaml", "config:\n    matrice:platform: rides\n"),
            /matrice:network of stack dev is missing/,
        ],
        [
            "an encrypted setting",
            () => write("Pulumi.dev.yaml", "config:\n    matrice:platform: { secure: x }\n"),
            /is encrypted/,
        ],
        [
            "a level of no rule",
            () => write("Pulumi.dev.yaml", `${stack}    matrice:policies: { nothing: advisory }\n`),
            /matrice:policies\.nothing: no such rule/,
        ],
        ["a malformed file", () => write("Pulumi.dev.yaml", "config: ["), /cannot be read/],
        ["a wrong matrix", () => write("platforms/rides/matrix.md", matrix.replace("80", "six")), /six/],
        ["another project", () => write("Pulumi.yaml", "name: other\n"), /No Pulumi\.yaml of project matrice/],
    ])("are refused with %s", (_, change, message) => {
        change();
        expect(() => load()).toThrow(message);
    });

    test("are refused for something that is no URN", () => {
        expect(() => load("nonsense")).toThrow("names no stack and project");
    });
});
