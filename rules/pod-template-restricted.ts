import type { Field } from "./field";
import { containers, podTemplates, type PodTemplate } from "./pods";
import { objectRule, type Report } from "./rule";

export const volumeKinds = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
];
export const sysctls = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
];
export const seLinuxTypes = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
export const profiles = ["RuntimeDefault", "Localhost"];
export const probes = [
    ["livenessProbe"],
    ["readinessProbe"],
    ["startupProbe"],
    ["lifecycle", "postStart"],
    ["lifecycle", "preStop"],
];

/**
 * Pod templates meet the restricted Pod Security Standard of Kubernetes 1.35. Admission judges pods alone, so a
 * Deployment that breaks it is accepted and its pods never start: here it is refused at preview. Host namespaces and
 * ports are no-host-port's. https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export const podTemplateRestricted = objectRule(
    "pod-template-restricted",
    "A pod template meets the restricted Pod Security Standard (v1.35).",
    (object, report) => {
        for (const pods of podTemplates(object)) {
            report.attempt(() => checkTemplate(pods, report));
        }
    },
);

function checkTemplate({ metadata, spec }: PodTemplate, report: Report): void {
    report.attempt(() => checkAppArmor(metadata.get("annotations"), report));
    const podContext = spec.get("securityContext");
    report.attempt(() => checkPod(podContext, report));
    report.each(spec.get("volumes").items(), (volume) => {
        const kind = volume.keys().find((key) => key !== "name" && volume.get(key).present) ?? "emptyDir";
        if (!volumeKinds.includes(kind)) {
            refuse(
                report,
                volume.get(kind),
                "is a kind of volume that is not allowed",
                `Use ${volumeKinds.join(", ")}.`,
            );
        }
    });
    report.each(containers(spec), (container) => {
        report.attempt(() => checkShared(container.get("securityContext"), report));
        report.attempt(() => checkContainer(container.get("securityContext"), podContext, report));
        for (const probe of probes) {
            report.attempt(() => checkProbeHost(container.at(...probe), report));
        }
    });
}

/** The annotations that named AppArmor profiles before 1.30 are still judged. */
function checkAppArmor(annotations: Field, report: Report): void {
    const prefix = "container.apparmor.security.beta.kubernetes.io/";
    for (const key of annotations.keys().filter((candidate) => candidate.startsWith(prefix))) {
        const profile = annotations.get(key).text() ?? "";
        if (profile !== "runtime/default" && !profile.startsWith("localhost/")) {
            refuse(report, annotations.get(key), `is ${profile || "empty"}`, "Remove it.");
        }
    }
}

function refuse(report: Report, field: Field, what: string, mend: string): void {
    report.refuse(`${field.path} ${what}.`, [mend]);
}

function checkPod(securityContext: Field, report: Report): void {
    checkShared(securityContext, report);
    report.each(securityContext.get("sysctls").items(), (sysctl) => {
        const name = sysctl.get("name").text() ?? "";
        if (!sysctls.includes(name)) {
            refuse(report, sysctl, `sets ${name}, which is not a safe sysctl`, "Remove it.");
        }
    });
}

/** What a pod's and a container's security context have in common. */
function checkShared(context: Field, report: Report): void {
    report.attempt(() => {
        const options = context.at("windowsOptions", "hostProcess");
        if (options.value === true) {
            refuse(report, options, "is true", "Remove it.");
        }
    });
    report.attempt(() => {
        const user = context.get("runAsUser");
        if (user.number() === 0) {
            refuse(report, user, "is 0: the process would be root", "Give the number of an ordinary user.");
        }
    });
    report.attempt(() => {
        const type = context.at("appArmorProfile", "type");
        if (type.present && !profiles.includes(type.text() ?? "")) {
            refuse(report, type, `is ${type.text()}`, `Use ${profiles.join(" or ")}.`);
        }
    });
    report.attempt(() => {
        const options = context.get("seLinuxOptions");
        const custom = ["user", "role"].find((key) => options.get(key).text());
        if (custom) {
            refuse(report, options.get(custom), "is set", "Remove it.");
        }
        const type = options.get("type");
        if (!seLinuxTypes.includes(type.text() ?? "")) {
            refuse(report, type, `is ${type.text()}`, `Use ${seLinuxTypes.slice(1).join(", ")}.`);
        }
    });
    report.attempt(() => {
        const type = context.at("seccompProfile", "type");
        if (type.present && !profiles.includes(type.text() ?? "")) {
            refuse(report, type, `is ${type.text()}`, `Use ${profiles.join(" or ")}.`);
        }
    });
}

/** What each container must say itself, or its pod for it. */
function checkContainer(own: Field, pod: Field, report: Report): void {
    if (own.get("privileged").value === true) {
        refuse(report, own.get("privileged"), "is true", "Remove it.");
    }
    const mount = own.get("procMount");
    if (mount.present && mount.text() !== "Default") {
        refuse(report, mount, `is ${mount.text()}`, "Remove it.");
    }
    const escalation = own.get("allowPrivilegeEscalation");
    if (escalation.value !== false) {
        refuse(report, escalation, "is not false", "Set it to false.");
    }
    const nonRoot = own.get("runAsNonRoot");
    if ((nonRoot.present ? nonRoot.value : pod.get("runAsNonRoot").value) !== true) {
        refuse(report, nonRoot, "is not true", "Set it to true here, or in the pod's securityContext.");
    }
    const seccomp = own.at("seccompProfile", "type");
    if (!seccomp.present && !pod.at("seccompProfile", "type").present) {
        refuse(report, seccomp, "is missing", "Set it to RuntimeDefault here, or in the pod's securityContext.");
    }
    const drop = own.at("capabilities", "drop");
    if (!drop.items().some((capability) => capability.text() === "ALL")) {
        refuse(report, drop, "does not have ALL", "Set it to [ALL].");
    }
    report.each(own.at("capabilities", "add").items(), (capability) => {
        if (capability.text() !== "NET_BIND_SERVICE") {
            refuse(report, capability, `is ${capability.text()}`, "Remove it: only NET_BIND_SERVICE may be added.");
        }
    });
}

/** Since 1.34 a probe may not name a host: the kubelet would connect there from the node. */
function checkProbeHost(probe: Field, report: Report): void {
    for (const action of ["httpGet", "tcpSocket"]) {
        const host = probe.at(action, "host");
        if (host.text()) {
            refuse(report, host, `is ${host.text()}`, "Remove it: the kubelet probes the pod itself.");
        }
    }
}
