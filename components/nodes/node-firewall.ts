import { readFileSync } from "node:fs";
import { join } from "node:path";
import { remote, type types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Matrix, Role } from "../../matrix";
import { nodeRules, type NodeRulesSettings } from "../../network";

/** A machine that is reached by SSH. */
export interface Node {
    /** A name for its resources, such as its host name. */
    readonly name: string;
    readonly address: string;
    /** Its role in the matrix, of kind `nodes`; left out where there is one alone. */
    readonly role?: string;
    /** Who may run nft there, by sudo without a password unless it is root. Defaults to root. */
    readonly user?: string;
    /** The node's public key (as in known_hosts): another machine at its address is refused. */
    readonly hostKey: string;
}

export interface NodeFirewallArgs extends Omit<NodeRulesSettings, "role"> {
    readonly matrix: Matrix;
    readonly nodes: readonly Node[];
    /** The private key by which administrators come in. */
    readonly privateKey: pulumi.Input<string>;
    /** How long the rules stand unless confirmed. Defaults to 60 seconds. */
    readonly rollbackSeconds?: number;
}

/**
 * Applies the rules that the matrix makes to nodes, over SSH; where nothing lists nodes (managed ones have no SSH), it
 * makes nothing. Rules are put in force with a timer that takes them back, then confirmed over a second connection:
 * rules that lock administrators out take themselves away.
 *
 * Nodes whose SSH is open to other nodes alone are reached through one of those (a bastion), whose rules come first.
 *
 * Throws MissingRow where no row opens a port for the purpose `ssh` of a node's role: its rules would shut Pulumi out.
 */
export class NodeFirewall extends pulumi.ComponentResource {
    constructor(name: string, args: NodeFirewallArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:NodeFirewall", name, {}, opts);
        const confirmed = new Map<Node, pulumi.Resource>();
        const paths = args.nodes.map((node) => ({ node, gateway: gatewayTo(node, args) }));
        for (const { node } of paths.filter(({ gateway }) => gateway === undefined)) {
            confirmed.set(node, this.protect(`${name}-${node.name}`, args, node));
        }
        for (const { node, gateway } of paths) {
            if (gateway === undefined) continue;
            this.protect(`${name}-${node.name}`, args, node, gateway, confirmed.get(gateway));
        }
        this.registerOutputs({});
    }

    private protect(
        name: string,
        args: NodeFirewallArgs,
        node: Node,
        gateway?: Node,
        after?: pulumi.Resource,
    ): pulumi.Resource {
        const rules = nodeRules(args.matrix, { ...args, role: node.role });
        const connection = { ...connectionOf(node, args), proxy: gateway && connectionOf(gateway, args) };
        const command = (script: string, ...words: string[]) => commandLine(node, script, words);
        const apply = command("apply.sh", String(args.rollbackSeconds ?? 60));
        const applied = new remote.Command(
            name,
            {
                connection,
                create: apply,
                delete: command("remove.sh"),
                // Other rules are an update, never a replacement: that would end by removing them.
                stdin: rules,
            },
            { parent: this, dependsOn: after, additionalSecretOutputs: ["connection"] },
        );
        return new remote.Command(
            `${name}-confirmed`,
            { connection, create: command("confirm.sh"), triggers: [rules, apply, node.address] },
            { parent: this, dependsOn: applied, additionalSecretOutputs: ["connection"] },
        );
    }
}

function roleOf({ role }: Node, matrix: Matrix): Role {
    return matrix.role(role ?? matrix.roles.find(({ kind }) => kind === "nodes")?.name ?? "");
}

/** Who may open SSH at a role's nodes. */
function administratorsOf(role: Role, matrix: Matrix): Role[] {
    const port = role.port("ssh");
    return matrix
        .flowsTo(role)
        .filter(
            ({ transport, ports }) => transport === "TCP" && ports.some(({ from, to }) => from <= port && port <= to),
        )
        .map(({ from }) => from);
}

/** The node that leads to one which administrators can't open themselves; undefined where they can, or none leads there. */
function gatewayTo(node: Node, { matrix, nodes }: NodeFirewallArgs): Node | undefined {
    const isDirect = (role: Role) => administratorsOf(role, matrix).some(({ kind }) => kind !== "nodes");
    const role = roleOf(node, matrix);
    if (isDirect(role)) return undefined;
    const between = administratorsOf(role, matrix).filter(isDirect);
    return nodes.find((other) => between.includes(roleOf(other, matrix)));
}

function connectionOf(node: Node, { matrix, privateKey }: NodeFirewallArgs): types.input.remote.ProxyConnectionArgs {
    return {
        host: node.address,
        port: roleOf(node, matrix).port("ssh"),
        user: node.user ?? "root",
        privateKey: pulumi.secret(privateKey),
        hostKey: node.hostKey,
        perDialTimeout: 15,
    };
}

/** A script as one word of a shell's command line: what it reads from standard input is left to it. */
function commandLine({ user = "root" }: Node, file: string, words: readonly string[]): string {
    const script = readFileSync(join(__dirname, file), "utf8").replaceAll("'", "'\\''");
    return [...(user === "root" ? [] : ["sudo", "-n"]), "sh", "-c", `'${script}'`, file, ...words].join(" ");
}
