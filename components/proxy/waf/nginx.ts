import { absolutePath, block, cidr, hostName } from "../../nginx/text";
import type { WafLayout } from "./settings";

/** A published host that some addresses alone may open. */
interface RestrictedSite {
    readonly host: string;
    readonly allow: readonly string[];
}

/** The field of the access log that says `blocked` where the firewall refused. */
export const WAF_LOG_FIELD = { waf: "$waf" };

/**
 * What the firewall adds to the `http` block. Its refusals are 403 without an upstream; a site that is for some people
 * answers others so as well, which the log must not count as attacks: whether an address is admitted is asked there.
 */
export function wafDirectives(layout: WafLayout, restricted: readonly RestrictedSite[]): string[] {
    return [
        "# ModSecurity with the OWASP Core Rule Set; each server turns it on.",
        `modsecurity_rules_file ${absolutePath(layout.configuration, "configuration folder")}/modsecurity.conf;`,
        'modsecurity_transaction_id "$request_id";',
        ...restricted.flatMap(({ allow }, index) =>
            block(`geo $admitted_${index}`, [
                "default no;",
                ...[...new Set(allow)].map((range) => `${cidr(range)} yes;`),
            ]),
        ),
        ...block("map $server_name $admitted", [
            "default yes;",
            ...restricted.map(({ host }, index) => `${hostName(host)} $admitted_${index};`),
        ]),
        ...block('map "$admitted $upstream_status $status" $waf', ['default "";', '"yes  403" blocked;']),
    ];
}
