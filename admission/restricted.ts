import type { KubernetesObject } from "../network";
import {
    podTemplateRestricted,
    profiles,
    probes,
    seLinuxTypes,
    sysctls,
    volumeKinds,
} from "../rules/pod-template-restricted";
import { about, bind, each, texts, when } from "./cel";
import { AT, everyContainer } from "./containers";
import { labels, object, type Phrases } from "./phrases";
import { compiled, type CompiledRule } from "./policy";

type Context = Record<string, unknown>;

const POD = "variables.pod.?securityContext";
const OWN = "c.?securityContext";
const APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/";

/** The restricted Pod Security Standard in templates: the cluster's own admission judges pods alone. */
export function restricted(phrases: Phrases): CompiledRule {
    return compiled(podTemplateRestricted, new Restricted(phrases).expression());
}

class Restricted {
    constructor(private readonly phrases: Phrases) {}

    expression(): string {
        const container = [this.shared(OWN, `${AT} + '.securityContext`), this.container(), this.hosts()];
        return [
            this.appArmor(),
            this.shared(POD, "variables.at + '.securityContext"),
            this.sysctls(),
            this.volumes(),
            everyContainer(container.join(" + ")),
        ].join(" + ");
    }

    /** The sentence on a good pod in which one thing is wrong. */
    private say(
        wrong: { pod?: Context; own?: Context; spec?: object; one?: object },
        parts: Record<string, string>,
    ): string {
        return this.phrases.of(podTemplateRestricted, good(wrong), parts);
    }

    /** What the contexts of a pod and of a container have in common; `path` is the start of a CEL text that stays open. */
    private shared(context: string, path: string): string {
        const at = (field: string) => ({ [`spec.securityContext.${field}`]: `${path}.${field}'` });
        const value = (field: string, none = "''") =>
            `${context}${field
                .split(".")
                .map((step) => `.?${step}`)
                .join("")}.orValue(${none})`;
        const type = (field: string, good: string) =>
            when(
                `!(${value(field, `'${profiles[0]}'`)} in ${good})`,
                this.say({ pod: nested(field, "Odd") }, { ...at(field), "is Odd": `'is ' + ${value(field)}` }),
            );
        const set = ["user", "role"].map((key) => `seLinuxOptions.${key}`);
        const [user, role] = set.map((field) => this.say({ pod: nested(field, "odd") }, at(field)));
        const isSet = set.map((field) => `${value(field)} != ''`);
        return [
            when(
                `${value("windowsOptions.hostProcess", "false")} == true`,
                this.say({ pod: nested("windowsOptions.hostProcess", true) }, at("windowsOptions.hostProcess")),
            ),
            when(`${value("runAsUser", "1")} == 0`, this.say({ pod: { runAsUser: 0 } }, at("runAsUser"))),
            type("appArmorProfile.type", texts(profiles)),
            when(`${isSet[0]} || ${isSet[1]}`, `(${isSet[0]} ? ${user} : ${role})`),
            when(
                `!(${value("seLinuxOptions.type")} in ${texts(seLinuxTypes)})`,
                this.say(
                    { pod: nested("seLinuxOptions.type", "Odd") },
                    { ...at("seLinuxOptions.type"), "is Odd": `'is ' + ${value("seLinuxOptions.type")}` },
                ),
            ),
            type("seccompProfile.type", texts(profiles)),
        ].join(" + ");
    }

    /** What each container says itself, or its pod for it. */
    private container(): string {
        const at = (field: string) => ({
            [`spec.containers[0].securityContext.${field}`]: `${AT} + '.securityContext.${field}'`,
        });
        const add = `${OWN}.?capabilities.?add.orValue([])`;
        return [
            when(
                `${OWN}.?privileged.orValue(false) == true`,
                this.say({ own: { privileged: true } }, at("privileged")),
            ),
            when(
                `${OWN}.?procMount.orValue('Default') != 'Default'`,
                this.say(
                    { own: { procMount: "Odd" } },
                    { ...at("procMount"), "is Odd": `'is ' + ${OWN}.?procMount.orValue('')` },
                ),
            ),
            when(
                `${OWN}.?allowPrivilegeEscalation.orValue(true) != false`,
                this.say({ own: { allowPrivilegeEscalation: true } }, at("allowPrivilegeEscalation")),
            ),
            when(
                `${OWN}.?runAsNonRoot.orValue(${POD}.?runAsNonRoot.orValue(false)) != true`,
                this.say({ own: { runAsNonRoot: false } }, at("runAsNonRoot")),
            ),
            when(
                `${OWN}.?seccompProfile.?type.orValue('') == '' && ${POD}.?seccompProfile.?type.orValue('') == ''`,
                this.say({ pod: { seccompProfile: undefined } }, at("seccompProfile.type")),
            ),
            when(
                `!${OWN}.?capabilities.?drop.orValue([]).exists(one, one == 'ALL')`,
                this.say({ own: { capabilities: {} } }, at("capabilities.drop")),
            ),
            about(
                add,
                "j",
                "one",
                "one != 'NET_BIND_SERVICE'",
                this.say(
                    { own: { capabilities: { drop: ["ALL"], add: ["Odd"] } } },
                    {
                        "spec.containers[0].securityContext.capabilities.add[0]": `${AT} + '.securityContext.capabilities.add[' + string(j) + ']'`,
                        "is Odd": "'is ' + one",
                    },
                ),
            ),
        ].join(" + ");
    }

    private hosts(): string {
        return probes
            .flatMap((steps) => ["httpGet", "tcpSocket"].map((action) => [...steps, action]))
            .map((steps) => {
                const path = steps.join(".");
                const host = `c.?${steps.join(".?")}.?host.orValue('')`;
                return when(
                    `${host} != ''`,
                    this.say(
                        { one: nested(path, { host: "Odd", port: 1 }) },
                        { [`spec.containers[0].${path}`]: `${AT} + '.${path}'`, "is Odd": `'is ' + ${host}` },
                    ),
                );
            })
            .join(" + ");
    }

    private sysctls(): string {
        return about(
            `${POD}.?sysctls.orValue([])`,
            "i",
            "one",
            `!(one.name in ${texts(sysctls)})`,
            this.say(
                { pod: { sysctls: [{ name: "Odd", value: "1" }] } },
                {
                    "spec.securityContext.sysctls[0]": "variables.at + '.securityContext.sysctls[' + string(i) + ']'",
                    "sets Odd": "'sets ' + one.name",
                },
            ),
        );
    }

    private volumes(): string {
        const said = this.say(
            { spec: { volumes: [{ name: "Odd", hostPath: { path: "/" } }] } },
            { "spec.volumes[0].hostPath": "variables.at + '.volumes[' + string(i) + '].' + source" },
        );
        const source = "(one.map(key, key).filter(key, key != 'name') + ['emptyDir'])[0]";
        return each(
            "variables.pod.?volumes.orValue([])",
            "i",
            "one",
            bind("source", source, when(`!(source in ${texts(volumeKinds)})`, said)),
        );
    }

    private appArmor(): string {
        const annotations = "variables.template.?metadata.?annotations.orValue({})";
        const wrong = `!(${annotations}[key] == 'runtime/default' || ${annotations}[key].startsWith('localhost/'))`;
        const example = good({});
        example.metadata.annotations = { [`${APP_ARMOR}main`]: "Odd" };
        const said = this.phrases.of(podTemplateRestricted, example, {
            [`metadata.annotations["${APP_ARMOR}main"]`]: `variables.above + 'metadata.annotations["' + key + '"]'`,
            "is Odd": `'is ' + (${annotations}[key] == '' ? 'empty' : ${annotations}[key])`,
        });
        return `${annotations}.map(key, key).transformList(i, key, key.startsWith('${APP_ARMOR}') && ${wrong}, ${said} + '  ').join('')`;
    }
}

/** A pod that meets the standard, with changes. */
function good({
    pod = {},
    own = {},
    spec = {},
    one = {},
}: {
    pod?: Context;
    own?: Context;
    spec?: object;
    one?: object;
}): KubernetesObject {
    const securityContext = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" }, ...pod };
    const ownContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, ...own };
    const result = object("v1", "Pod", {
        spec: { securityContext, containers: [{ name: "main", securityContext: ownContext, ...one }], ...spec },
    });
    result.metadata.labels = labels("listener");
    return result;
}

function nested(path: string, value: unknown): Record<string, unknown> {
    return path.split(".").reduceRight((inner, step) => ({ [step]: inner }), value as Context);
}
