import { isIP } from "node:net";
import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { NodeFirewall } from "../components/nodes/node-firewall";
import { didYouMean, type Matrix } from "../matrix";
import { SettingsError, type NetworkSettings } from "../network";
import { host } from "./setting-types";
import { secretSetting } from "./stack-settings";

const node = z.strictObject({
    name: z
        .string()
        .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "expected lower case letters, digits and '-'")
        .meta({ example: "node-1" }),
    address: z
        .string()
        .refine((text) => isIP(text) !== 0 || host.safeParse(text).success, "expected an address or a host name")
        .meta({ example: "192.0.2.11" }),
    role: z.string().min(1).meta({ example: "<role>" }),
    user: z
        .string()
        .regex(/^[a-z_][a-z0-9_-]{0,31}$/, "expected the name of a user")
        .default("root")
        .meta({ example: "admin" }),
    hostKey: z
        .string()
        .refine(isPublicKey, "expected a public key as `ssh-keyscan` prints it, without the host before it")
        .meta({ example: "'ssh-ed25519 AAAA…'" }),
});

/** The settings of machines whose own rules are the matrix's (docs/nodes.md). Managed nodes have no SSH: none is listed. */
export const nodeKeys = {
    nodes: z.array(node).default([]),
    nodeKey: secretSetting("The private key by which administrators come into the nodes"),
    /** How long new rules stand on a node unless Pulumi, by a second connection, confirms them. */
    nodeRollbackSeconds: z.int("expected a number of seconds").min(10).max(3600).default(60).meta({ example: "60" }),
};

export type NodeSettings = z.infer<z.ZodObject<typeof nodeKeys>>;

/** What one setting needs of another. */
export function checkNodes({ nodes, nodeKey }: NodeSettings, context: z.RefinementCtx): void {
    const refuse = (path: PropertyKey[], message: string) => context.addIssue({ code: "custom", path, message });
    if (nodes.length > 0 && nodeKey === undefined) refuse(["nodeKey"], "missing, while nodes are listed");
    nodes.forEach(({ name }, index) => {
        const first = nodes.findIndex((other) => other.name === name);
        if (first < index) refuse(["nodes", index, "name"], `is ${name}, as that of nodes[${first}] is`);
    });
}

/**
 * Puts the matrix's rules in force on the nodes that a stack lists. Throws SettingsError for a role that is not one of
 * nodes, and for addresses that its rows need and `matrice:network` does not have.
 */
export function protectNodes(
    matrix: Matrix,
    settings: NodeSettings & { readonly network: NetworkSettings },
    opts?: pulumi.ComponentResourceOptions,
): void {
    const { nodes, nodeKey, nodeRollbackSeconds: rollbackSeconds, network } = settings;
    if (nodes.length === 0 || nodeKey === undefined) return;
    const roles = matrix.roles.filter(({ kind }) => kind === "nodes").map(({ name }) => name);
    nodes.forEach(({ role }, index) => {
        if (!roles.includes(role)) throw new SettingsError(notOfNodes(role, index, roles));
    });
    new NodeFirewall("nodes", { matrix, network, nodes, privateKey: nodeKey, rollbackSeconds }, opts);
}

function notOfNodes(role: string, index: number, roles: readonly string[]): string {
    const key = `matrice:nodes[${index}].role`;
    const hint = didYouMean(role, roles) ?? `the roles of kind nodes are ${roles.join(", ")}`;
    return `${key} is "${role}", which is no role of kind nodes: ${hint}\n  Run: pulumi config set --path '${key}' ${roles[0]}`;
}

/** An OpenSSH public key: its type, and in base64 a key that begins with the same. RFC 4253, section 6.6. */
function isPublicKey(text: string): boolean {
    const [, type, base64] =
        /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) ([A-Za-z0-9+/]+=*)(?: .*)?$/.exec(text) ?? [];
    if (type === undefined) return false;
    const key = Buffer.from(base64, "base64");
    return key.length > 4 + type.length && key.toString("latin1", 4, 4 + key.readUInt32BE(0)) === type;
}
