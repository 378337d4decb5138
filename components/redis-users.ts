import { createHash } from "node:crypto";
import type { Role } from "../matrix";
import { workloadOf } from "./workload";

/** The exporter's own user. */
export const EXPORTER = "exporter";

/**
 * The line of redis.conf that makes the exporter's user: it may ask how Redis fares and nothing else, neither a key nor
 * the configuration, which holds the application's password. Redis knows the password by its digest alone.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */
export function exporterUser(word: string): string {
    const commands = ["ping", "info", "slowlog|len", "slowlog|get", "latency|latest", "latency|histogram"];
    const allowed = [...commands, "client|setname"].map((command) => `+${command}`).join(" ");
    return aclUser(EXPORTER, word, `resetkeys resetchannels -@all ${allowed}`);
}

/** The user of a service: its workload's name. */
export function clientName(client: Role): string {
    return workloadOf(client).name;
}

/**
 * The line of redis.conf that makes a service's user: it reads and writes keys and channels that begin with its name and
 * a colon, and sees no other. What concerns the server or everybody's keys (SCAN, RANDOMKEY, INFO, FLUSHALL) is closed,
 * and so are scripts.
 */
export function clientUser(client: Role, word: string): string {
    const name = clientName(client);
    const groups = ["read", "write", "connection", "transaction", "pubsub"].map((group) => `+@${group}`);
    const closed = ["@dangerous", "@admin", "@scripting", "scan", "randomkey", "dbsize", "pubsub", "swapdb", "move"];
    const allowed = [...groups, ...closed.map((command) => `-${command}`)].join(" ");
    return aclUser(name, word, `resetkeys ~${name}:* resetchannels &${name}:* -@all ${allowed}`);
}

/** Closes the user that whoever names no user is. */
export const NO_DEFAULT_USER = "user default off resetkeys resetchannels -@all\n";

function aclUser(name: string, word: string, rules: string): string {
    const digest = createHash("sha256").update(word).digest("hex");
    return `user ${name} on #${digest} ${rules}\n`;
}
