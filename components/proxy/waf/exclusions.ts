import { hostName, NginxValueError } from "../../nginx/text";
import type { WafExclusion } from "./settings";

/** Ids of the generated exclusions start here: 1 to 99,999 are for local use. */
const FIRST_ID = 10_000;

/** Rules that judge requests; those that prepare the judgement and pass it (901, 905, 949) cannot be excluded. */
const JUDGING = { from: 911_000, to: 944_999 };

/**
 * Rules of ModSecurity that keep rules of the Core Rule Set from some requests; they run before it.
 * https://coreruleset.org/docs/2-how-crs-works/2-3-false-positives-and-tuning/
 *
 * Throws NginxValueError for a value that ModSecurity would read as something else, Error for an exclusion without a
 * reason or without rules.
 */
export function exclusionRules(exclusions: readonly WafExclusion[]): string[] {
    return exclusions.flatMap((exclusion, index) => ["", ...rule(exclusion, FIRST_ID + index)]);
}

function rule(exclusion: WafExclusion, id: number): string[] {
    const { reason } = exclusion;
    if (!/^[^\x00-\x1f]*\S[^\x00-\x1f]*$/.test(reason)) {
        throw new NginxValueError("reason of an exclusion", reason, "one line that says why the rules are wrong");
    }
    const controls = actions(exclusion);
    if (controls.length === 0) throw new Error(`The exclusion "${reason}" names no rules: give ids or tags.`);
    const conditions = [...host(exclusion), ...path(exclusion)];
    const head = `id:${id},phase:1,pass,nolog,t:none`;
    const last = controls.join(",");
    switch (conditions.length) {
        case 0:
            return [`# ${reason}`, `SecAction "${head},${last}"`];
        case 1:
            return [`# ${reason}`, `SecRule ${conditions[0].test} "${head},${conditions[0].transform},${last}"`];
        default:
            return [
                `# ${reason}`,
                `SecRule ${conditions[0].test} "${head},${conditions[0].transform},chain"`,
                `    SecRule ${conditions[1].test} "t:none,${conditions[1].transform},${last}"`,
            ];
    }
}

interface Condition {
    readonly test: string;
    readonly transform: string;
}

/** nginx takes a name in capitals, with a final dot or with a port for the same host. */
function host({ host: name }: WafExclusion): Condition[] {
    if (name === undefined) return [];
    const pattern = hostName(name).replaceAll(".", "\\.");
    return [{ test: `REQUEST_HEADERS:Host "@rx ^${pattern}\\.?(?::[0-9]+)?$"`, transform: "t:lowercase" }];
}

/** The path is compared as the application will read it, so that `/notes/../admin` is not a path under `/notes/`. */
function path({ path: prefix }: WafExclusion): Condition[] {
    if (prefix === undefined) return [];
    if (!/^\/[A-Za-z0-9._~/-]*$/.test(prefix) || prefix.split("/").some((part) => part === "." || part === "..")) {
        throw new NginxValueError(
            "path of an exclusion",
            prefix,
            "an absolute path of letters, digits, '.', '_', '~', '-'",
        );
    }
    return [{ test: `REQUEST_FILENAME "@beginsWith ${prefix}"`, transform: "t:urlDecodeUni,t:normalizePath" }];
}

function actions(exclusion: WafExclusion): string[] {
    const targets = [
        ...target("ARGS", exclusion.parameter),
        ...target("REQUEST_COOKIES", exclusion.cookie),
        ...target("REQUEST_HEADERS", exclusion.header),
    ];
    const ids = (exclusion.rules ?? []).map(ruleId);
    const tags = (exclusion.tags ?? []).map(tag);
    if (targets.length === 0) {
        return [...ids.map((id) => `ctl:ruleRemoveById=${id}`), ...tags.map((name) => `ctl:ruleRemoveByTag=${name}`)];
    }
    return targets.flatMap((one) => [
        ...ids.map((id) => `ctl:ruleRemoveTargetById=${id};${one}`),
        ...tags.map((name) => `ctl:ruleRemoveTargetByTag=${name};${one}`),
    ]);
}

function target(collection: string, name: string | undefined): string[] {
    if (name === undefined) return [];
    if (!/^[A-Za-z0-9_.[\]-]+$/.test(name)) {
        throw new NginxValueError(
            "value of an exclusion",
            name,
            "a name of letters, digits, '_', '.', '-', '[' and ']'",
        );
    }
    return [`${collection}:${name}`];
}

function ruleId(id: number): number {
    if (!Number.isInteger(id) || id < JUDGING.from || id > JUDGING.to) {
        throw new NginxValueError(
            "rule of an exclusion",
            String(id),
            `the id of a rule that judges requests, ${JUDGING.from} to ${JUDGING.to}; to refuse nothing, set mode detect`,
        );
    }
    return id;
}

function tag(name: string): string {
    if (!/^attack-[a-z-]+$/.test(name)) {
        throw new NginxValueError("tag of an exclusion", name, "a tag of a class of attacks, such as attack-sqli");
    }
    return name;
}
