/** A program for the real engine: registers the objects of objects.json, with the guard of index.ts where they ask for it. */
import * as fs from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { loadContext } from "../../policies/settings";
import { registerGuard } from "../../policies/transform";
import { typeOf } from "../policies/type-token";

const { guarded, objects } = JSON.parse(fs.readFileSync("objects.json", "utf8"));
if (guarded) {
    const { matrix, network, platformFiles } = loadContext("urn:pulumi:dev::probe::pulumi:pulumi:Stack::probe-dev");
    registerGuard({ matrix, network, files: platformFiles });
}
class Registered extends pulumi.CustomResource {}

// Names that say nothing, so that a name in what the engine prints stands in a finding.
objects.forEach((object: Parameters<typeof typeOf>[0], index: number) => {
    new Registered(typeOf(object), `object-${index}`, object);
});
