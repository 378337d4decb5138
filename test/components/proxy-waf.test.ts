import { exclusionRules } from "../../components/proxy/waf/exclusions";
import { wafFiles } from "../../components/proxy/waf/modsecurity";
import { IMAGE_LAYOUT, type WafExclusion, type WafSettings } from "../../components/proxy/waf/settings";

const layout = { ...IMAGE_LAYOUT, configuration: "/etc/proxy", auditLog: "/tmp/audit" };
const files = (settings: WafSettings = {}) => wafFiles(settings, layout, 10);

describe("ModSecurity's configuration", () => {
    it("blocks unless told to detect", () => {
        expect(files()["modsecurity.conf"]).toContain("SecRuleEngine On\n");
        expect(files({ mode: "detect" })["modsecurity.conf"]).toContain("SecRuleEngine DetectionOnly\n");
    });

    it("has the rules judge after bodies, settings and exclusions were read", () => {
        const includes = files()["modsecurity.conf"].match(/^Include .*$/gm);
        expect(includes).toEqual([
            "Include /etc/proxy/bodies.conf",
            "Include /etc/proxy/crs-setup.conf",
            "Include /etc/proxy/exclusions.conf",
            "Include /opt/owasp-crs/rules/*.conf",
        ]);
    });

    it("logs neither headers nor bodies", () => {
        expect(files()["modsecurity.conf"]).toContain("SecAuditLogParts AHZ\n");
    });

    it("reads bodies larger than nginx lets in", () => {
        expect(files()["modsecurity.conf"]).toContain(`SecRequestBodyLimit ${11 * 1024 * 1024}\n`);
    });

    it("sets the level for both generations of the rule set", () => {
        const setup = files({ paranoiaLevel: 2, detectionParanoiaLevel: 3 })["crs-setup.conf"];
        for (const variable of [
            "blocking_paranoia_level=2",
            "detection_paranoia_level=3",
            "paranoia_level=2",
            "executing_paranoia_level=3",
        ]) {
            expect(setup).toContain(`setvar:'tx.${variable}'`);
        }
    });

    it.each<[string, WafSettings]>([
        ["a level that there is not", { paranoiaLevel: 5 as 4 }],
        ["a lower level to detect than to block", { paranoiaLevel: 2, detectionParanoiaLevel: 1 }],
        ["a threshold that refuses everything", { inboundThreshold: 0 }],
        ["a method that is more than a word", { methods: ["GET' x"] }],
        ["a media type with parameters", { mediaTypes: ["text/html; charset=utf-8"] }],
        ["no body at all", { bodyKibibytes: 0 }],
    ])("refuses %s", (_case, settings) => {
        expect(() => files(settings)).toThrow(/cannot stand in an nginx configuration: expected/);
    });
});

describe("an exclusion", () => {
    const valid: WafExclusion = { reason: "Notes hold code", rules: [942100], path: "/v1/notes", parameter: "text" };
    const rules = (change: Partial<WafExclusion>) => exclusionRules([{ ...valid, ...change }]).join("\n");

    it("bears its reason, and removes one value from one rule", () => {
        expect(exclusionRules([valid])).toEqual([
            "",
            "# Notes hold code",
            'SecRule REQUEST_FILENAME "@beginsWith /v1/notes" "id:10000,phase:1,pass,nolog,t:none,' +
                't:urlDecodeUni,t:normalizePath,ctl:ruleRemoveTargetById=942100;ARGS:text"',
        ]);
    });

    it("removes the rule itself where no value is named", () => {
        expect(rules({ parameter: undefined, path: undefined })).toContain(
            'SecAction "id:10000,phase:1,pass,nolog,t:none,ctl:ruleRemoveById=942100"',
        );
    });

    it("has an id of its own", () => {
        expect(
            exclusionRules([valid, valid])
                .join("\n")
                .match(/id:\d+/g),
        ).toEqual(["id:10000", "id:10001"]);
    });

    it.each<[string, Partial<WafExclusion>]>([
        ["a rule that passes the judgement", { rules: [949110] }],
        ["a rule of the set-up", { rules: [901001] }],
        ["a tag that all rules have", { tags: ["OWASP_CRS"] }],
        ["a path that is an expression", { path: '/a" "id:1,ctl:ruleEngine=Off' }],
        ["a path that climbs", { path: "/a/../b" }],
        ["a parameter with the language's signs", { parameter: "a,ctl:ruleEngine=Off" }],
        ["a host with the language's signs", { host: 'a" "@rx .' }],
        ["a reason of two lines", { reason: "a\nSecRuleEngine Off" }],
        ["no reason", { reason: " " }],
    ])("is refused with %s", (_case, change) => {
        expect(() => rules(change)).toThrow(/cannot stand in an nginx configuration: expected/);
    });

    it("is refused without rules", () => {
        expect(() => rules({ rules: [] })).toThrow('The exclusion "Notes hold code" names no rules');
    });
});
