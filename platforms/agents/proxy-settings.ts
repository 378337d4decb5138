import { z } from "zod";
import type { RateLimits } from "../../components/proxy/rate-limits";
import type { WafExclusion, WafSettings } from "../../components/proxy/waf/settings";
import { host } from "../setting-types";

const text = z.string().min(1);
const path = text.regex(/^(\/[A-Za-z0-9._~-]+)+$/, "expected an absolute path without final '/'");
const level = z
    .union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)], "expected a level from 1 to 4")
    .meta({ example: "1" });
const whole = z.int("expected a whole number").min(1).meta({ example: "5" });

const exclusion = z.strictObject({
    reason: text,
    rules: z.array(z.int().min(911000).max(944999)).optional(),
    tags: z.array(text).optional(),
    host: host.optional(),
    path: path.optional(),
    parameter: text.optional(),
    cookie: text.optional(),
    header: text.optional(),
});

/** The web application firewall (docs/waf.md). `mode: detect` is the degraded mode. */
export const waf = z
    .strictObject({
        mode: z.enum(["block", "detect"], 'expected "block" or "detect"').default("block").meta({ example: "detect" }),
        paranoiaLevel: level.default(1),
        detectionParanoiaLevel: level.optional(),
        inboundThreshold: whole.default(5),
        methods: z.array(text).optional(),
        mediaTypes: z.array(text).optional(),
        bodyKibibytes: whole.optional(),
        exclusions: z.array(exclusion).default([]),
    })
    .prefault({});

const rate = { perMinute: whole, burst: whole };

/** How many requests each pod of the proxy lets pass (docs/waf.md). */
export const rateLimits = z
    .strictObject({
        /** Each client address, which several users may share. */
        address: z.strictObject(rate).default({ perMinute: 1200, burst: 200 }),
        /** Each user, by the token that they send. */
        user: z.strictObject(rate).default({ perMinute: 600, burst: 100 }),
        /** Parts of the OAuth Manager that lead to one provider, whose quota is to be spared. */
        integrations: z
            .array(
                z.strictObject({
                    name: text.regex(/^[a-z][a-z0-9_]{0,30}$/, "expected lower case letters, digits and '_'"),
                    path,
                    each: z.enum(["user", "everyone"], 'expected "user" or "everyone"').default("user"),
                    ...rate,
                }),
            )
            .default([]),
        /** Counts what would be refused, and refuses nothing. */
        dryRun: z.boolean("expected true or false").default(false).meta({ example: "true" }),
    })
    .prefault({});

/** What people send to the dashboards is queries, which look like commands: they alone read them, by their addresses. */
function dashboardQueries(supervision: string): WafExclusion {
    return {
        reason: "Queries of dashboards look like commands",
        tags: ["attack-rce", "attack-sqli", "attack-lfi", "attack-xss", "attack-injection-php"],
        host: supervision,
        path: "/api/ds/query",
    };
}

/** The firewall of a stack, with what the dashboards need. */
export function firewallOf(settings: z.infer<typeof waf>, sites: { readonly supervision: string }): WafSettings {
    return { ...settings, exclusions: [dashboardQueries(sites.supervision), ...settings.exclusions] };
}

/** The limits of a stack: a user is who sends a token, an integration a path of the OAuth Manager's site. */
export function limitsOf(settings: z.infer<typeof rateLimits>, sites: { readonly oauth: string }): RateLimits {
    return {
        ...settings,
        user: { ...settings.user, key: { header: "Authorization" } },
        integrations: settings.integrations.map((one) => ({ ...one, host: sites.oauth })),
    };
}
