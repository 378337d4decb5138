// The package as a whole loads every product of OVH, which a preview would wait for.
import { KubeIpRestrictions } from "@ovhcloud/pulumi-ovh/cloudproject/kubeIpRestrictions";
import * as pulumi from "@pulumi/pulumi";
import type { Matrix, Role } from "../../matrix";
import { addressesOf, parseCidr, tidyBlocks, type NetworkSettings } from "../../network";
import { covers } from "../../network/intervals";

/** A cluster of OVH Managed Kubernetes, and who changes it. */
export interface OvhCluster {
    /** The id of the public cloud project. */
    readonly project: string;
    /** The id of the cluster. */
    readonly cluster: string;
    /** The address, as a CIDR block, from which Pulumi is run: without it the change would lock its author out. */
    readonly caller: string;
    /** What else must reach the control plane: the gateway that nodes of a private network go out by, runners. */
    readonly others: readonly string[];
}

export interface ControlPlaneArgs {
    /** The role of the control plane: the people whose rows lead to it are let in. */
    readonly role: Role;
    readonly matrix: Matrix;
    readonly network: NetworkSettings;
    /** Where the stack is on OVH. Defaults to no restriction, which `enforcement` says. */
    readonly ovh?: OvhCluster;
    /** Refuses to lift the restriction. Defaults to false. */
    readonly protect?: boolean;
}

/**
 * Who may reach the control plane, by address. No pod stands at either end of these rows, so that no network policy can
 * hold them: the provider does. https://help.ovhcloud.com/csm/en-public-cloud-kubernetes-add-ip-restrictions
 */
export class ControlPlane extends pulumi.ComponentResource {
    /** What holds the rows to the control plane, in a sentence. */
    readonly enforcement: string;

    constructor(name: string, args: ControlPlaneArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:ControlPlane", name, {}, opts);
        const { role, ovh, protect } = args;
        if (ovh === undefined) {
            this.enforcement =
                `Nobody holds the rows to ${role.name} (matrice:ovh is not set): whoever reaches it and has a ` +
                "kubeconfig is let in.";
        } else {
            new KubeIpRestrictions(
                name,
                { serviceName: ovh.project, kubeId: ovh.cluster, ips: this.admitted(args, ovh) },
                // Between deletion and creation of another list everybody would be let in.
                { parent: this, protect, deleteBeforeReplace: false },
            );
            this.enforcement = `OVH's IP restriction of cluster ${ovh.cluster} holds the rows to ${role.name}.`;
        }
        this.registerOutputs();
    }

    /**
     * The address blocks that are let in, sorted and none within another. Throws ResourceError for an empty list, which OVH
     * takes for everybody, and for one that the caller is not in.
     */
    private admitted({ role, matrix, network }: ControlPlaneArgs, { caller, others }: OvhCluster): string[] {
        const people = matrix
            .flowsTo(role)
            .filter(({ from }) => from.kind === "people")
            .flatMap(({ from }) => network.people[from.cidrs ?? ""] ?? []);
        if (people.length === 0) {
            throw new pulumi.ResourceError(
                `No row, or no address, lets anybody reach ${role.name}: an empty list of OVH's lets everybody in.\n` +
                    `  Add the row | <people> | ${role.name} | <port> | TCP | <why> |, and their addresses to ` +
                    "matrice:network.people.",
                this,
            );
        }
        const blocks = tidyBlocks([...people, ...others].map((cidr) => ({ cidr })));
        if (!covers(addressesOf(blocks), [parseCidr(caller)])) {
            throw new pulumi.ResourceError(
                `${caller} (matrice:ovh.caller), from where Pulumi is run, is not among those let in: ` +
                    `${blocks.map(({ cidr }) => cidr).join(", ")}. This change would lock its author out.\n` +
                    "  Add it to the people's addresses in matrice:network.people, or to matrice:ovh.others.",
                this,
            );
        }
        return blocks.map(({ cidr }) => cidr);
    }
}
