import type { Role } from "../matrix";
import type { Field } from "./field";
import { namespaceOf } from "./pods";
import type { RuleContext } from "./rule";
import { roleOfService } from "./services";

/** A port that an object tells some program to connect to. */
export interface Target {
    field: Field;
    port: number;
    /** Who connects, where the object says so. */
    source?: Role;
    /** Whom it leads to: a role, or a name that stands for none. */
    destination: Role | string;
}

export type Reader = (object: Field, context: RuleContext) => Target[];

/** A URL or host:port as a target; ports that a URL leaves out are its scheme's. */
export function address(field: Field, object: Field, context: RuleContext, source?: Role): Target[] {
    const text = field.text();
    if (!text) {
        return [];
    }
    let url: URL | undefined;
    try {
        url = new URL(text.includes("://") ? text : `tcp://${text}`);
    } catch {
        return [{ field, port: 0, source, destination: text }];
    }
    const port = Number(url.port || { "https:": 443, "http:": 80 }[url.protocol] || 0);
    const host = url.hostname;
    return [{ field, port, source, destination: roleOfHost(host, namespaceOf(object), context) ?? host }];
}

/** The role that a host name stands for: another party's, or a Service's by the name of its workload. */
function roleOfHost(host: string, namespace: string, { matrix }: RuleContext): Role | undefined {
    const name = host.toLowerCase().replace(/\.$/, "");
    const outside = matrix.roles.find(({ hosts }) =>
        hosts.some((known) => known === name || (known.startsWith("*.") && name.endsWith(known.slice(1)))),
    );
    const [service, where = namespace, third = "svc"] = name.split(".");
    return outside ?? (third === "svc" ? roleOfService(where, service, { matrix }) : undefined);
}
