/**
 * A double of OVH's provider plugin, which no package registry has and which would ask OVH's API with an account's keys:
 * it plans what it is given, so that a preview of a stack on OVH can be run whole, and makes nothing.
 */
import { version } from "@ovhcloud/pulumi-ovh/package.json";
import { serveProvider, type Resource } from "../../../toolchain/standins/provider";

const nothing = () => Promise.reject(new Error("the double of OVH's provider makes nothing"));

const planned: Resource = {
    validate: () => [],
    replaces: () => false,
    plan: (inputs) => inputs,
    create: nothing,
    adopt: () => {
        throw new Error("the double of OVH's provider knows nothing that is there already");
    },
};

void serveProvider({
    name: "ovh",
    version,
    resources: { "ovh:CloudProject/kubeIpRestrictions:KubeIpRestrictions": planned },
    functions: {},
});
