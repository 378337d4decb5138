import { UNKNOWN } from "../../rules";
import { podTemplateRestricted } from "../../rules/pod-template-restricted";
import { deployment, edit, type Loose, messages } from "./factories";

const check = (change: (container: Loose, spec: Loose) => unknown) =>
    messages(
        podTemplateRestricted,
        edit(deployment(), ({ spec }) => change(spec.template.spec.containers[0], spec.template.spec)),
    );

describe("pod-template-restricted", () => {
    test("accepts a restricted pod, and what the standard allows besides", () => {
        expect(check(() => undefined)).toEqual([]);
        expect(
            check((container, spec) => {
                container.securityContext.capabilities.add = ["NET_BIND_SERVICE"];
                container.securityContext.seccompProfile = { type: "Localhost", localhostProfile: "x" };
                spec.securityContext.sysctls = [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }];
                spec.volumes.push({ name: "data", persistentVolumeClaim: { claimName: UNKNOWN } });
                spec.hostUsers = false;
            }),
        ).toEqual([]);
    });

    test.each<[string, (container: Loose, spec: Loose) => unknown]>([
        ["securityContext.privileged", ({ securityContext }) => (securityContext.privileged = true)],
        ["allowPrivilegeEscalation", ({ securityContext }) => delete securityContext.allowPrivilegeEscalation],
        ["capabilities.drop", ({ securityContext }) => (securityContext.capabilities.drop = ["NET_RAW"])],
        ["capabilities.add[0]", ({ securityContext }) => (securityContext.capabilities.add = ["SYS_ADMIN"])],
        ["procMount", ({ securityContext }) => (securityContext.procMount = "Unmasked")],
        ["runAsNonRoot", ({ securityContext }) => (securityContext.runAsNonRoot = false)],
        ["runAsNonRoot", (_, spec) => delete spec.securityContext.runAsNonRoot],
        ["runAsUser", ({ securityContext }) => (securityContext.runAsUser = 0)],
        ["runAsUser", (_, spec) => (spec.securityContext.runAsUser = 0)],
        ["seccompProfile.type", (_, spec) => delete spec.securityContext.seccompProfile],
        ["seccompProfile.type", ({ securityContext }) => (securityContext.seccompProfile = { type: "Unconfined" })],
        ["appArmorProfile.type", ({ securityContext }) => (securityContext.appArmorProfile = { type: "Unconfined" })],
        ["seLinuxOptions.type", (_, spec) => (spec.securityContext.seLinuxOptions = { type: "spc_t" })],
        ["seLinuxOptions.role", (_, spec) => (spec.securityContext.seLinuxOptions = { role: "sysadm_r" })],
        ["windowsOptions.hostProcess", (_, spec) => (spec.securityContext.windowsOptions = { hostProcess: true })],
        ["sysctls[0]", (_, spec) => (spec.securityContext.sysctls = [{ name: "kernel.msgmax", value: "1" }])],
        ["volumes[0].hostPath", (_, spec) => (spec.volumes = [{ name: "x", hostPath: { path: "/" } }])],
        ["volumes[0].nfs", (_, spec) => (spec.volumes = [{ name: "x", nfs: {} }])],
        ["readinessProbe.httpGet.host", ({ readinessProbe }) => (readinessProbe.httpGet.host = "169.254.169.254")],
        ["preStop.httpGet.host", (container) => (container.lifecycle = { preStop: { httpGet: { host: "x" } } })],
        ["initContainers[0].securityContext.allow", (container, spec) => (spec.initContainers = [strip(container)])],
    ])("refuses %s", (field, change) => {
        expect(check(change)).toEqual([expect.stringContaining(field)]);
    });

    test("refuses a value that decides and is unknown at preview", () => {
        expect(check((_, spec) => (spec.securityContext.runAsNonRoot = UNKNOWN))).toEqual([
            expect.stringContaining("spec.template.spec.securityContext.runAsNonRoot is unknown at preview"),
        ]);
    });
});

const strip = ({ name, securityContext }: Loose) => ({
    name,
    securityContext: { ...securityContext, allowPrivilegeEscalation: true },
});
