import * as path from "node:path";
import { loadContext } from "../../policies/settings";
import { checkObject, checkStack, formatFinding } from "../../rules";
import { objectsOf } from "../golden/objects";

const root = path.resolve(__dirname, "../..");

describe.each([
    ["dev", "e-chauffeur.dev"],
    ["prod", "e-chauffeur.prod"],
    ["agents-dev", "agents.dev"],
    ["agents-prod", "agents.prod"],
])("stack %s", (stack, name) => {
    const context = loadContext(`urn:pulumi:${stack}::matrice::pulumi:pulumi:Stack::matrice-${stack}`, root);
    const objects = objectsOf(name);

    test("registers nothing that the rules refuse", () => {
        const findings = [
            ...objects.flatMap((object) => checkObject(object, context)),
            ...checkStack(objects, context),
        ];
        const refused = findings.filter(({ level }) => level === "mandatory");
        expect(refused.map(formatFinding)).toEqual([]);
    });

    test("is held to what its roles need: each object moved to a port that no row lists is refused", () => {
        const services = objects.filter(
            ({ apiVersion, kind, spec }) => apiVersion === "v1" && kind === "Service" && spec.ports,
        );
        expect(services.length).toBeGreaterThan(5);
        for (const service of services) {
            const rogue = structuredClone(service);
            Object.assign(rogue.spec.ports[0], { port: 8088, targetPort: 8088 });
            expect(checkObject(rogue, context).map(({ rule }) => rule)).toContain("service-port-listed");
        }
    });
});
