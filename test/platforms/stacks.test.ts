import { platformFiles } from "../../matrix";
import type { KubernetesObject } from "../../network";
import { checkObject, checkStack, formatFinding } from "../../rules";
import { objects } from "../components/render";
import { renderStack, type RenderedStack } from "./render-stack";

describe.each([
    ["dev", "e-chauffeur"],
    ["prod", "e-chauffeur"],
    ["agents-dev", "agents"],
    ["agents-prod", "agents"],
])("stack %s of %s", (stack, platform) => {
    let rendered: RenderedStack;
    let all: KubernetesObject[];
    beforeAll(async () => {
        rendered = await renderStack(stack);
        all = objects(rendered.resources);
    });
    const templates = () =>
        all
            .map((object) => ({
                where: `${object.kind} ${object.metadata.name}`,
                object,
                template: (object.kind === "CronJob" ? object.spec.jobTemplate.spec : object.spec)?.template,
            }))
            .filter(({ template }) => template?.spec?.containers !== undefined);

    it("has nothing that a rule refuses", () => {
        const context = {
            matrix: rendered.matrix,
            network: rendered.network,
            platformFiles: platformFiles(`platforms/${platform}`),
        };
        const findings = [...all.flatMap((object) => checkObject(object, context)), ...checkStack(all, context)];
        const mandatory = findings.filter(({ level }) => level === "mandatory");
        expect(mandatory.map(formatFinding)).toEqual([]);
    });

    it("runs every role that has pods, save the one that cert-manager starts", () => {
        const names = templates().map(({ template }) => template.metadata.labels["app.kubernetes.io/name"]);
        const roles = rendered.matrix.roles.filter(({ isWorkload }) => isWorkload).map((role) => role.workload?.name);
        expect([...new Set(names), "acme-solver"].sort()).toEqual(roles.sort());
    });

    it("runs every pod as the restricted standard wants it, without a token and on a read-only file system", () => {
        for (const { where, template } of templates()) {
            const { spec } = template;
            expect([where, spec.securityContext]).toEqual([
                where,
                expect.objectContaining({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } }),
            ]);
            expect([where, spec.securityContext.runAsUser > 0]).toEqual([where, true]);
            expect([where, spec.automountServiceAccountToken]).toEqual([where, false]);
            for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
                expect([where, container.name, container.securityContext]).toEqual([
                    where,
                    container.name,
                    expect.objectContaining({
                        allowPrivilegeEscalation: false,
                        capabilities: { drop: ["ALL"] },
                        readOnlyRootFilesystem: true,
                    }),
                ]);
            }
        }
    });

    it("asks for and limits every resource of every container", () => {
        for (const { where, template } of templates()) {
            for (const { name, resources } of [...template.spec.containers, ...(template.spec.initContainers ?? [])]) {
                for (const kind of ["requests", "limits"]) {
                    expect([where, name, kind, Object.keys(resources[kind]).sort()]).toEqual([
                        where,
                        name,
                        kind,
                        ["cpu", "ephemeral-storage", "memory"],
                    ]);
                }
            }
        }
    });

    it("gives every pod the labels of its role and an account that no other role has", () => {
        const accounts = new Map<string, string>();
        for (const { where, template } of templates()) {
            const { labels } = template.metadata;
            const name = labels["app.kubernetes.io/name"];
            expect([where, labels]).toEqual([
                where,
                expect.objectContaining({
                    "app.kubernetes.io/part-of": platform,
                    "matrice.dev/connected": "true",
                }),
            ]);
            expect([where, template.spec.serviceAccountName]).toEqual([where, name]);
            accounts.set(template.spec.serviceAccountName, name);
        }
        const declared = all.filter(({ kind }) => kind === "ServiceAccount").map(({ metadata }) => metadata.name);
        expect(declared.sort()).toEqual([...accounts.keys()].sort());
    });

    it("labels every object with its platform", () => {
        const unlabelled = all
            .filter(({ kind }) => kind !== "CustomResourceDefinition")
            .filter(({ metadata }) => metadata.labels?.["app.kubernetes.io/part-of"] !== platform);
        expect(unlabelled.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([]);
    });

    it("mounts only what the pod has", () => {
        for (const { where, object, template } of templates()) {
            const claims = (object.spec.volumeClaimTemplates ?? []) as { metadata: { name: string } }[];
            const volumes = [
                ...(template.spec.volumes ?? []).map(({ name }: { name: string }) => name),
                ...claims.map(({ metadata }) => metadata.name),
            ];
            expect([where, new Set(volumes).size]).toEqual([where, volumes.length]);
            const containers = [...template.spec.containers, ...(template.spec.initContainers ?? [])];
            const mounted = containers.flatMap(({ volumeMounts }) => volumeMounts ?? []);
            for (const { name } of mounted) expect([where, volumes]).toEqual([where, expect.arrayContaining([name])]);
            // What no container mounts is left over from a change.
            expect([where, volumes.filter((volume) => !mounted.some(({ name }) => name === volume))]).toEqual([
                where,
                [],
            ]);
        }
    });

    it("names the secrets and files that are there", () => {
        const there = (kind: string) =>
            new Set(all.filter((one) => one.kind === kind).map(({ metadata }) => metadata.name));
        // cert-manager makes a Secret for each Certificate.
        const issued = all.filter(({ kind }) => kind === "Certificate").map(({ spec }) => spec.secretName as string);
        const [secrets, maps] = [new Set([...there("Secret"), ...issued]), there("ConfigMap")];
        for (const { where, template } of templates()) {
            for (const volume of template.spec.volumes ?? []) {
                if (volume.secret && !volume.secret.optional) {
                    expect([where, volume.name, secrets.has(volume.secret.secretName)]).toEqual([
                        where,
                        volume.name,
                        true,
                    ]);
                }
                if (volume.configMap) {
                    expect([where, volume.name, maps.has(volume.configMap.name)]).toEqual([where, volume.name, true]);
                }
            }
        }
    });
});
