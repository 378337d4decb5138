import { object, objects } from "../../components/render";
import { readStack } from "../../../platforms/agents/settings";
import type { KubernetesObject } from "../../../network";
import { leastAgents, stackOf } from "../double";
import { renderStack } from "../render-stack";

const read = (more: object) => () => readStack(stackOf({ ...leastAgents, ...more }));

describe("The settings of agents' proxy", () => {
    it("have a firewall that blocks, and limits, where a stack says nothing", () => {
        expect(read({})()).toMatchObject({
            waf: { mode: "block", paranoiaLevel: 1, inboundThreshold: 5, exclusions: [] },
            rateLimits: { integrations: [], dryRun: false },
        });
    });

    it.each([
        [{ waf: { paranoiaLevel: 5 } }, /matrice:waf\.paranoiaLevel: expected a level from 1 to 4\n.* 1$/m],
        [{ waf: { mode: "off" } }, /matrice:waf\.mode: expected "block" or "detect"/],
        [{ waf: { exclusions: [{ rules: [911100] }] } }, /matrice:waf\.exclusions\[0\]\.reason: missing/],
        [{ rateLimits: { user: { perMinute: 0, burst: 5 } } }, /matrice:rateLimits\.user\.perMinute: /],
        [
            { rateLimits: { integrations: [{ name: "Notion", path: "/notion", perMinute: 60, burst: 5 }] } },
            /matrice:rateLimits\.integrations\[0\]\.name: expected lower case letters/,
        ],
    ])("are refused with their place: %j", (more, message) => {
        expect(read(more)).toThrow(message);
    });
});

describe("The proxy of stack agents-prod", () => {
    let all: readonly KubernetesObject[];
    beforeAll(async () => {
        all = objects((await renderStack("agents-prod")).resources);
    });
    const file = (name: string, key: string) => object([...all], "ConfigMap", name).data[key] as string;

    it("runs an image that brings ModSecurity and the rule set, and reads their configuration", () => {
        const [{ image }] = object([...all], "Deployment", "nginx-proxy").spec.template.spec.containers;
        expect(image).toMatch(/\/modsecurity-crs:4[.\d]*-nginx$/);
        expect(file("proxy", "nginx.conf")).toContain("modsecurity on;");
        expect(file("proxy", "modsecurity.conf")).toContain("SecRuleEngine On");
    });

    it("limits each address, each user, and each integration at the OAuth Manager's site", () => {
        const text = file("proxy", "nginx.conf");
        const zones = [...text.matchAll(/^\s*limit_req_zone .* zone=(\w+):/gm)].map(([, zone]) => zone);
        expect(zones).toEqual([
            "address",
            "user",
            ...["google", "microsoft", "notion", "youtube"].map((name) => `integration_${name}`),
        ]);
        expect(text).toMatch(/\^oauth\\\.agents\\\.example \/oauth\/notion/);
    });

    it("has its refusals counted by the log collector", () => {
        const text = Object.values(object([...all], "ConfigMap", "log-collector").data).join("\n");
        expect(text).toContain("proxy_waf_blocked_total");
        expect(text).toContain("proxy_rate_limited_total");
    });
});
