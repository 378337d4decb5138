import { absolutePath, NginxValueError } from "../../nginx/text";
import { exclusionRules } from "./exclusions";
import { DEFAULTS, type WafLayout, type WafSettings } from "./settings";

/** What ModSecurity reads besides bodies.conf, by file name. */
export type WafFiles = Readonly<Record<"modsecurity.conf" | "crs-setup.conf" | "exclusions.conf", string>>;

/**
 * ModSecurity's configuration and that of the rule set, as text; pure. `bodyMebibytes` is the largest body that nginx
 * lets in at any site. Directives are of ModSecurity 3.0.9 and later, variables of the Core Rule Set 3.3 and 4.
 * https://github.com/owasp-modsecurity/ModSecurity/wiki/Reference-Manual-(v3.x)
 *
 * Throws NginxValueError for a value out of range, or that ModSecurity would read as something else.
 */
export function wafFiles(settings: WafSettings, layout: WafLayout, bodyMebibytes: number): WafFiles {
    const waf = { ...DEFAULTS, ...settings };
    const folder = absolutePath(layout.configuration, "configuration folder");
    return {
        "modsecurity.conf": text([
            ...engine(waf, layout, bodyMebibytes),
            "",
            `Include ${folder}/bodies.conf`,
            `Include ${folder}/crs-setup.conf`,
            `Include ${folder}/exclusions.conf`,
            `Include ${absolutePath(layout.rules, "folder of rules")}/*.conf`,
        ]),
        "crs-setup.conf": text(ruleSet(waf)),
        "exclusions.conf": text([
            "# Rules that took good requests for attacks, and where they are not applied.",
            ...exclusionRules(waf.exclusions),
        ]),
    };
}

type Waf = WafSettings & Required<Omit<WafSettings, "detectionParanoiaLevel">>;

function engine(waf: Waf, layout: WafLayout, bodyMebibytes: number): string[] {
    const blocks = waf.mode === "block";
    return [
        `SecRuleEngine ${blocks ? "On" : "DetectionOnly"}`,
        "SecRequestBodyAccess On",
        // nginx refuses larger ones first, with 413.
        `SecRequestBodyLimit ${(count(bodyMebibytes, "body limit") + 1) * 1024 * 1024}`,
        `SecRequestBodyNoFilesLimit ${count(waf.bodyKibibytes, "bodyKibibytes") * 1024}`,
        `SecRequestBodyLimitAction ${blocks ? "Reject" : "ProcessPartial"}`,
        "SecRequestBodyJsonDepthLimit 64",
        "SecArgumentsLimit 1000",
        // ModSecurity 3 learns of an answer's body when its headers are gone, and holds streams up.
        "SecResponseBodyAccess Off",
        "SecPcreMatchLimit 100000",
        "SecPcreMatchLimitRecursion 100000",
        "SecArgumentSeparator &",
        "SecCookieFormat 0",
        `SecUnicodeMapFile ${absolutePath(layout.unicodeMap, "map of Unicode")} 20127`,
        "SecUploadKeepFiles Off",
        "",
        "# Requests that a rule matched, whatever their status: without headers or bodies (parts B, C, E, F, I, J).",
        "SecAuditEngine RelevantOnly",
        'SecAuditLogRelevantStatus "^$"',
        "SecAuditLogParts AHZ",
        "SecAuditLogFormat JSON",
        "SecAuditLogType Serial",
        `SecAuditLog ${absolutePath(layout.auditLog, "audit log")}`,
        "",
        "# Rules score; a request is refused by the sum of its scores.",
        'SecDefaultAction "phase:1,log,auditlog,pass"',
        'SecDefaultAction "phase:2,log,auditlog,pass"',
    ];
}

/** Marks the rule set as set up; it refuses every request otherwise. */
const SETUP_VERSION = 4280;

function ruleSet(waf: Waf): string[] {
    const level = paranoia(waf.paranoiaLevel, "paranoiaLevel");
    const detection = paranoia(waf.detectionParanoiaLevel ?? level, "detectionParanoiaLevel");
    if (detection < level) {
        throw new NginxValueError("detectionParanoiaLevel", String(detection), `paranoiaLevel (${level}) or more`);
    }
    const set = (id: number, ...variables: string[]) =>
        `SecAction "id:${id},phase:1,pass,nolog,t:none,${variables.map((one) => `setvar:'tx.${one}'`).join(",")}"`;
    return [
        set(900990, `crs_setup_version=${SETUP_VERSION}`),
        "# The first pair is of version 4, the second of version 3.",
        set(
            900000,
            `blocking_paranoia_level=${level}`,
            `detection_paranoia_level=${detection}`,
            `paranoia_level=${level}`,
            `executing_paranoia_level=${detection}`,
        ),
        set(900110, `inbound_anomaly_score_threshold=${count(waf.inboundThreshold, "inboundThreshold")}`),
        set(900200, `allowed_methods=${waf.methods.map(method).join(" ")}`),
        set(900220, `allowed_request_content_type=${waf.mediaTypes.map((one) => `|${mediaType(one)}|`).join(" ")}`),
    ];
}

function paranoia(level: number, what: string): number {
    if (![1, 2, 3, 4].includes(level)) throw new NginxValueError(what, String(level), "1, 2, 3 or 4");
    return level;
}

function count(value: number, what: string): number {
    if (!Number.isInteger(value) || value < 1)
        throw new NginxValueError(what, String(value), "a whole number from 1 on");
    return value;
}

function method(name: string): string {
    if (!/^[A-Z]+$/.test(name)) throw new NginxValueError("method", name, "a method in capitals, such as PATCH");
    return name;
}

function mediaType(name: string): string {
    if (!/^[a-z0-9.+-]+\/[a-z0-9.+-]+$/.test(name)) {
        throw new NginxValueError("media type", name, "a type such as application/json, without parameters");
    }
    return name;
}

function text(lines: readonly string[]): string {
    return `${lines.join("\n")}\n`;
}
