import { z } from "zod";
import { AddressError, parseCidr } from "./addresses";

const KEY = "matrice:network";

const cidr = z.string().superRefine((text, context) => {
    try {
        parseCidr(text);
    } catch (error) {
        context.addIssue({ code: "custom", message: (error as AddressError).message });
    }
});

const port = z.int("expected a port number").min(1, "a port is 1 to 65535").max(65535, "a port is 1 to 65535");

const schema = z.strictObject({
    edge: z.enum(["direct", "proxyProtocol"]).default("direct"),
    loadBalancerCidrs: z.array(cidr).default([]),
    people: z
        .record(z.string(), z.array(cidr).min(1, "empty: nobody could connect; list the CIDR blocks of these people"))
        .default({}),
    controlPlane: z
        .strictObject({
            cidrs: z.array(cidr).default([]),
            port: port.optional(),
            translated: z.boolean().optional(),
        })
        .default({ cidrs: [] }),
    cni: z.enum(["standard", "cilium"]).default("standard"),
    requireRealised: z.boolean().default(false),
});

const settings = schema.superRefine((value, context) => {
    if (value.edge === "proxyProtocol" && value.loadBalancerCidrs.length === 0) {
        context.addIssue({
            code: "custom",
            path: ["loadBalancerCidrs"],
            message:
                "empty: with edge proxyProtocol pods see the load balancer's addresses alone, so none could connect",
        });
    }
});

/** The stack setting `matrice:network`: addresses that the documents name and only a stack knows. */
export interface NetworkSettings {
    /** Whose addresses the pods at the edge see: the callers' own, or the load balancer's. Defaults to direct. */
    edge: "direct" | "proxyProtocol";
    /** Source addresses of the load balancer; with `edge: proxyProtocol` the only peers of exposed roles. */
    loadBalancerCidrs: string[];
    /** Address blocks by the key that roles of the inventory name in `cidrs`. */
    people: Record<string, string[]>;
    /**
     * The API server as a peer: its own addresses, since plugins judge after the address translation of Services.
     * A provider that serves another port than the row's says so with `port` and `translated: true`.
     */
    controlPlane: { cidrs: string[]; port?: number; translated?: boolean };
    /** Whether the network plugin knows host names. Defaults to standard. */
    cni: "standard" | "cilium";
    /** Whether a flow that nothing listens for is refused rather than reported. Defaults to false. */
    requireRealised: boolean;
}

/** A setting that is missing or wrong; the message names each key and the command that mends it. */
export class SettingsError extends Error {
    override readonly name = "SettingsError";
}

/** The command that sets one value of the network settings. */
export function configCommand(path: string, value: string, stack?: string): string {
    return `pulumi config set ${stack === undefined ? "" : `--stack ${stack} `}--path '${KEY}${path}' ${value}`;
}

/**
 * Reads the value of `matrice:network` (an object, or its JSON as Pulumi keeps it), filling in defaults.
 * Throws SettingsError listing every wrong key.
 */
export function parseNetworkSettings(value: unknown, options: { stack?: string } = {}): NetworkSettings {
    const { stack } = options;
    const where = stack === undefined ? "" : ` of stack ${stack}`;
    if (value === undefined || value === null) {
        throw new SettingsError(
            `The setting ${KEY}${where} is missing: it says which addresses people and the control plane have.\n` +
                `  Run: ${configCommand(".people.clients[0]", "203.0.113.0/24", stack)}`,
        );
    }
    const result = settings.safeParse(typeof value === "string" ? fromJson(value, where) : value);
    if (result.success) {
        return result.data;
    }
    const problems = result.error.issues.flatMap((issue) =>
        issue.code === "unrecognized_keys"
            ? issue.keys.map((key) => ({ path: [...issue.path, key], message: unknownKey(key, issue.path) }))
            : [{ path: issue.path, message: issue.message }],
    );
    const lines = problems.map(({ path, message }) => {
        const at = pathText(path);
        const mend = message.startsWith("unknown")
            ? `pulumi config rm ${stack === undefined ? "" : `--stack ${stack} `}--path '${KEY}${at}'`
            : configCommand(...example(path), stack);
        return `  ${KEY}${at}: ${message}\n    Run: ${mend}`;
    });
    throw new SettingsError(`The setting ${KEY}${where} is not right:\n${lines.join("\n")}`);
}

function fromJson(text: string, where: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        throw new SettingsError(
            `The setting ${KEY}${where} is not an object: "${text}".\n` +
                `  Set its keys one by one: ${configCommand(".edge", "direct")}`,
        );
    }
}

function unknownKey(key: string, path: readonly PropertyKey[]): string {
    const known = Object.keys((path[0] === "controlPlane" ? schema.shape.controlPlane.unwrap() : schema).shape);
    const near = known.find((name) => name.toLowerCase().startsWith(key.toLowerCase().slice(0, 4)));
    return `unknown key${near === undefined ? `: the keys are ${known.join(", ")}` : `: did you mean ${near}?`}`;
}

function pathText(path: readonly PropertyKey[]): string {
    return path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
}

/** The path to set and a value that would pass there. */
function example(path: readonly PropertyKey[]): [path: string, value: string] {
    const [key, part] = path;
    const at = pathText(path);
    const element = typeof path.at(-1) === "number" ? at : `${at}[0]`;
    switch (key) {
        case "edge":
            return [at, "direct"];
        case "cni":
            return [at, "standard"];
        case "requireRealised":
            return [at, "false"];
        case "loadBalancerCidrs":
            return [element, "10.0.0.0/24"];
        case "people":
            return part === undefined ? [`${at}.clients[0]`, "203.0.113.0/24"] : [element, "203.0.113.0/24"];
        case "controlPlane":
            switch (part) {
                case "port":
                    return [at, "6443"];
                case "translated":
                    return [at, "true"];
                case "cidrs":
                    return [element, "10.0.0.1/32"];
                default:
                    return [`${at}.cidrs[0]`, "10.0.0.1/32"];
            }
        default:
            return [`${at}.edge`, "direct"];
    }
}
