import { absolutePath, block } from "./text";

/** What differs between two nginx programs outside their servers. */
export interface Frame {
    /** The one writable folder: process id, temporary files, the resolver that start.sh writes. */
    readonly temporary: string;
    readonly workers: number;
    readonly accessLog: string;
    /** Longest time a stopping worker waits for open connections (websockets above all), in seconds. */
    readonly shutdownSeconds: number;
}

export const defaultFrame: Frame = {
    temporary: "/tmp",
    workers: 2,
    accessLog: "/dev/stdout",
    shutdownSeconds: 30,
};

/** What a program adds to the frame outside its servers. */
export interface Additions {
    /** Files of dynamic modules. */
    readonly modules?: readonly string[];
    /** Fields of the access log after those that every line has: name and nginx variable. */
    readonly logFields?: Readonly<Record<string, string>>;
}

/**
 * The access log: one JSON object a line. `$uri` is the path without the query string, and no Referer is kept:
 * both may carry tokens.
 */
const logFormat = (more: Readonly<Record<string, string>>) => [
    'log_format json escape=json \'{"time":"$time_iso8601","remote":"$remote_addr","host":"$host",\'',
    '    \'"method":"$request_method","path":"$uri","protocol":"$server_protocol","tls":"$ssl_protocol",\'',
    '    \'"status":"$status","bytes":"$body_bytes_sent","seconds":"$request_time",\'',
    '    \'"upstream":"$upstream_addr","upstreamStatus":"$upstream_status",\'',
    `    '"upstreamSeconds":"$upstream_response_time","agent":"$http_user_agent","id":"$request_id"${fields(more)}}';`,
];

function fields(more: Readonly<Record<string, string>>): string {
    return Object.entries(more)
        .map(([name, variable]) => `,"${name}":"${variable}"`)
        .join("");
}

/** Modules whose temporary folder nginx makes when it starts, used or not. */
const TEMPORARY = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

/**
 * A whole nginx configuration around `http`: in the foreground, as any user, on a read-only file system but for
 * `temporary`. Directives are of nginx 1.22 and later.
 */
export function frame(settings: Frame, http: readonly string[], additions: Additions = {}): string {
    const { modules = [], logFields = {} } = additions;
    const temporary = absolutePath(settings.temporary, "temporary folder");
    const lines = [
        ...modules.map((file) => `load_module ${absolutePath(file, "module")};`),
        "daemon off;",
        `pid ${temporary}/nginx.pid;`,
        `worker_processes ${settings.workers};`,
        `worker_shutdown_timeout ${settings.shutdownSeconds}s;`,
        "error_log stderr warn;",
        "",
        ...block("events", ["worker_connections 4096;"]),
        "",
        ...block("http", [
            ...TEMPORARY.map((name) => `${name}_temp_path ${temporary}/${name};`),
            "default_type application/octet-stream;",
            "server_tokens off;",
            "# Host names may be 253 characters long.",
            "server_names_hash_bucket_size 512;",
            "map_hash_bucket_size 512;",
            "",
            ...logFormat(logFields),
            `access_log ${absolutePath(settings.accessLog, "access log")} json;`,
            "",
            "# A client that sends or reads too slowly is dropped.",
            "client_header_timeout 15s;",
            "client_body_timeout 30s;",
            "send_timeout 30s;",
            "keepalive_timeout 65s;",
            "reset_timedout_connection on;",
            "",
            ...http,
        ]),
    ];
    return lines.join("\n") + "\n";
}
