import { workloadOf } from "../workload";
import { identifier } from "./names";
import type { DatabaseUser } from "./users";

/** Where the server finds its files, and who may administer it. */
export interface Frame {
    readonly configuration: string;
    readonly certificates: string;
    readonly socket: string;
    /** Users of the operating system that the server's own container knows: administrator and exporter. */
    readonly administrator: string;
    readonly exporter: string;
}

export const defaultFrame: Frame = {
    configuration: "/etc/postgresql",
    certificates: "/run/secrets/certificate",
    socket: "/var/run/postgresql",
    administrator: "postgres",
    exporter: "nobody",
};

/**
 * postgresql.conf: TLS 1.3 alone, scram-sha-256 alone, and no text of a query in the log, for queries hold what users
 * wrote. Every option is known to versions 15 to 18.
 * https://www.postgresql.org/docs/current/runtime-config.html
 */
export function serverConfiguration(port: number, frame: Frame = defaultFrame): string {
    const { configuration, certificates, socket } = frame;
    return lines([
        "listen_addresses = '*'",
        `port = ${port}`,
        `unix_socket_directories = '${socket}'`,
        `hba_file = '${configuration}/pg_hba.conf'`,
        `ident_file = '${configuration}/pg_ident.conf'`,
        "max_connections = 100",
        // A quarter of the container's memory, as the manual advises.
        "shared_buffers = '256MB'",
        "effective_cache_size = '640MB'",
        "work_mem = '4MB'",
        "",
        "ssl = on",
        `ssl_cert_file = '${certificates}/tls.crt'`,
        `ssl_key_file = '${certificates}/tls.key'`,
        "ssl_min_protocol_version = 'TLSv1.3'",
        "password_encryption = 'scram-sha-256'",
        "row_security = on",
        "",
        "log_destination = 'stderr'",
        "logging_collector = off",
        "log_connections = on",
        "log_disconnections = on",
        "log_line_prefix = '%m [%p] %u@%d %r '",
        "log_statement = 'none'",
        "log_min_error_statement = 'panic'",
        "log_parameter_max_length_on_error = 0",
        // A service that forgets a transaction would hold back vacuum, and with it every table.
        "idle_in_transaction_session_timeout = '10min'",
        "timezone = 'UTC'",
    ]);
}

/**
 * pg_hba.conf: the administrator and the exporter over the pod's socket, by who they are there; each user from the pods
 * of its own role, over TLS, with its password; nobody else. A pod is known by the name that the cluster's DNS gives its
 * address, confirmed by asking for the address of that name: that of any Service that selects it.
 * https://www.postgresql.org/docs/current/auth-pg-hba-conf.html
 * https://github.com/kubernetes/dns/blob/master/docs/specification.md
 */
export function accessRules(database: string, users: readonly DatabaseUser[]): string {
    const local = users.filter(({ rights }) => rights === "metrics");
    const remote = users.flatMap(({ name, client }) =>
        client === undefined ? [] : clientNames(client).map((host) => ({ name, host })),
    );
    const db = identifier(database);
    return lines([
        "# TYPE   DATABASE  USER  ADDRESS  METHOD",
        "local    all  postgres  peer map=socket",
        ...local.map(({ name }) => `local    ${db}  ${identifier(name)}  peer map=socket`),
        ...remote.map(({ name, host }) => `hostssl  ${db}  ${identifier(name)}  ${host}  scram-sha-256`),
        "local    all  all  reject",
        "host     all  all  all  reject",
    ]);
}

/** pg_ident.conf: which user of the pod's socket is which user of the database. */
export function identities(users: readonly DatabaseUser[], frame: Frame = defaultFrame): string {
    const exporters = users.filter(({ rights }) => rights === "metrics");
    return lines([
        "# MAP    SYSTEM-USER  DATABASE-USER",
        `socket  ${frame.administrator}  postgres`,
        ...exporters.map(({ name }) => `socket  ${frame.exporter}  ${identifier(name)}`),
    ]);
}

/** What follows the name of a client's headless Service, which names its pods whether or not they serve anything. */
export const CLIENTS_SUFFIX = "database-clients";

/** The names that the cluster's DNS may give a pod of a role: an endpoint of any of its Services. */
function clientNames(client: NonNullable<DatabaseUser["client"]>): string[] {
    const { namespace, name } = workloadOf(client);
    return ["", "-metrics", `-${CLIENTS_SUFFIX}`].map((suffix) => `.${name}${suffix}.${namespace}.svc.cluster.local`);
}

function lines(of: readonly string[]): string {
    return `${of.join("\n")}\n`;
}
