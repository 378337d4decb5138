import { block, hostName, NginxValueError } from "../nginx/text";

/** How many requests one key may make; what exceeds the burst is answered 429. */
export interface Rate {
    /** Requests, evenly spread; above 1 a second it is counted by the second. */
    readonly perMinute: number;
    /** Requests beyond the rate that are let through at once. */
    readonly burst: number;
}

/** What a user is recognised by. The value is not verified here: the limit of addresses holds beside. */
export type UserKey = { readonly header: string } | { readonly cookie: string };

/** A part of a site that leads to one outside service, whose own quota is to be spared. */
export interface IntegrationLimit extends Rate {
    /** A short name, for the log. */
    readonly name: string;
    readonly host: string;
    /** The path of the route and everything under it. */
    readonly path: string;
    /** `user`: each user (each address where no user is known); `everyone`: all requests together. Defaults to user. */
    readonly each?: "user" | "everyone";
}

export interface RateLimits {
    /** Each client address, whatever it sends: holds against keys that are made up. */
    readonly address: Rate;
    /** Each user, whichever addresses they come from. A rate under that of addresses, which several users may share. */
    readonly user?: Rate & { readonly key: UserKey };
    readonly integrations?: readonly IntegrationLimit[];
    /** Counts and logs what would be refused, and refuses nothing. Defaults to false. */
    readonly dryRun?: boolean;
}

/** The field of the access log that says what the limits decided: PASSED, REJECTED, REJECTED_DRY_RUN. */
export const LIMIT_LOG_FIELD = { limit: "$limit_req_status" };

/** 64,000 addresses; some 16,000 users. When a zone is full, its oldest keys go first. */
const ZONE = "8m";

/**
 * The zones of the `http` block. A request counts in every zone whose key it has, and is refused as soon as one is
 * full; one that is refused counts in none. Each nginx counts for itself.
 * https://nginx.org/en/docs/http/ngx_http_limit_req_module.html
 *
 * Throws NginxValueError for a value out of range or that nginx would read as something else, Error for two
 * integrations of one name.
 */
export function rateLimitZones(limits: RateLimits): string[] {
    const { address, user, integrations = [] } = limits;
    const names = integrations.map(({ name }) => zoneName(name));
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new Error(`Two integrations are called ${twice}: each has its own limit.`);
    return [
        "# Requests beyond a limit are answered 429.",
        `limit_req_zone $binary_remote_addr zone=address:${ZONE} rate=${rate(address)};`,
        ...(user === undefined ? [] : userZone(user)),
        ...(integrations.length === 0 ? [] : integrationZones(integrations, user !== undefined)),
        "limit_req_status 429;",
        "limit_req_log_level warn;",
        ...(limits.dryRun ? ["limit_req_dry_run on;"] : []),
        ...retryAfter(limits),
    ];
}

/** What a server says with its own 429, never with an upstream's (RFC 6585, section 4). */
export const RETRY_AFTER = "add_header Retry-After $retry_after always;";

/**
 * A user's key is the end of what identifies them: of a signed token that is the signature, which nobody else can make.
 * Whole, it would fill the zone with tokens.
 */
function userZone(user: Rate & { readonly key: UserKey }): string[] {
    return [
        ...block(`map ${variable(user.key)} $user_key`, ['default "";', '"~(?<user_key_end>.{1,96})$" $user_key_end;']),
        `limit_req_zone $user_key zone=user:${ZONE} rate=${rate(user)};`,
    ];
}

function variable(key: UserKey): string {
    const name = "header" in key ? key.header : key.cookie;
    // Variables of cookies keep the name as it is; those of headers are in lower case with underscores.
    const pattern = "header" in key ? /^[A-Za-z][A-Za-z0-9-]*$/ : /^[A-Za-z][A-Za-z0-9_]*$/;
    if (!pattern.test(name)) {
        throw new NginxValueError(
            "key of the users' limit",
            name,
            "the name of a header or a cookie, such as Authorization",
        );
    }
    return "header" in key ? `$http_${name.toLowerCase().replaceAll("-", "_")}` : `$cookie_${name}`;
}

function integrationZones(integrations: readonly IntegrationLimit[], users: boolean): string[] {
    const who = users ? "$user_or_address" : "$binary_remote_addr";
    return [
        ...(users ? block("map $user_key $user_or_address", ['"" $binary_remote_addr;', "default $user_key;"]) : []),
        // $uri is decoded and without `//` or `/../`: a path cannot be spelt so as to escape its limit.
        ...block('map "$server_name $uri" $integration', [
            'default "";',
            ...integrations.map(
                ({ name, host, path }) => `"~*^${escaped(hostName(host))} ${prefix(path)}(/|$)" ${name};`,
            ),
        ]),
        ...integrations.flatMap((one) => [
            ...block(`map $integration $integration_${one.name}`, [
                'default "";',
                `${one.name} ${one.each === "everyone" ? "all" : who};`,
            ]),
            `limit_req_zone $integration_${one.name} zone=integration_${one.name}:${ZONE} rate=${rate(one)};`,
        ]),
    ];
}

/** Which zones the requests of a location count in. */
export function limitRequests({ address, user, integrations = [] }: RateLimits): string[] {
    return [
        `limit_req zone=address burst=${burst(address)} nodelay;`,
        ...(user === undefined ? [] : [`limit_req zone=user burst=${burst(user)} nodelay;`]),
        ...integrations.map((one) => `limit_req zone=integration_${one.name} burst=${burst(one)} nodelay;`),
    ];
}

/** Seconds until the slowest limit that the request may have met lets one more through. */
function retryAfter({ address, user, integrations = [] }: RateLimits): string[] {
    const general = seconds([address, ...(user === undefined ? [] : [user])]);
    const waits = block("map $integration $retry_wait", [
        `default ${general};`,
        ...integrations.map((one) => `${one.name} ${Math.max(general, seconds([one]))};`),
    ]);
    return [
        ...(integrations.length === 0 ? [] : waits),
        ...block('map "$upstream_status $status" $retry_after', [
            'default "";',
            `" 429" ${integrations.length === 0 ? general : "$retry_wait"};`,
        ]),
    ];
}

function seconds(rates: readonly Rate[]): number {
    return Math.max(...rates.map(({ perMinute }) => Math.ceil(60 / perMinute)));
}

/** nginx takes whole numbers alone, by the second or by the minute. */
function rate({ perMinute }: Rate): string {
    whole(perMinute, "perMinute", 1);
    return perMinute % 60 === 0 ? `${perMinute / 60}r/s` : `${perMinute}r/m`;
}

function burst({ burst: requests }: Rate): number {
    return whole(requests, "burst", 1);
}

function whole(value: number, what: string, least: number): number {
    if (!Number.isInteger(value) || value < least) {
        throw new NginxValueError(what, String(value), `a whole number from ${least} on`);
    }
    return value;
}

function zoneName(name: string): string {
    if (!/^[a-z][a-z0-9_]{0,30}$/.test(name)) {
        throw new NginxValueError("integration", name, "a short name of lower case letters, digits and '_'");
    }
    return name;
}

function prefix(path: string): string {
    if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(path)) {
        throw new NginxValueError(
            "path of an integration",
            path,
            "an absolute path without final '/', such as /oauth/notion",
        );
    }
    return escaped(path);
}

function escaped(text: string): string {
    return text.replaceAll(".", "\\.");
}
