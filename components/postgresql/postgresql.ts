import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../matrix";
import { InternalCertificate } from "../certificates/internal-certificate";
import { stateful, type Keeper } from "../stateful";
import { configMap, password, secret } from "../secrets";
import { metricsService, service } from "../service";
import { hostOf, metadata, nameOf } from "../workload";
import { accessRules, CLIENTS_SUFFIX, identities, serverConfiguration } from "./configuration";
import { containers, keepScript, METRICS, POSTGRESQL_USER, volumes } from "./pod";
import { databaseScript, rightsScript } from "./sql";
import type { Tenants } from "./tenants";
import { userOf, type DatabaseUser, type Rights } from "./users";

export interface PostgreSQLArgs extends Keeper {
    readonly exporterImage: pulumi.Input<string>;
    readonly database: string;
    /** The roles that connect, each as a user of its own, with what it may do. */
    readonly clients: readonly { readonly role: Role; readonly rights: Rights }[];
    /** Schemas that stand whoever connects. Defaults to those of the clients. */
    readonly schemas?: readonly string[];
    /** SQL that makes the tables; it may be run any number of times. */
    readonly schema?: string;
    /** Tables whose rows belong to users. */
    readonly tenants?: Tenants;
    /** Which of the stack's passwords are in force. Defaults to 1. */
    readonly passwordGeneration?: number;
}

/** How a client connects: variables that libpq reads, and secret files. */
export interface Connection {
    readonly environment: Readonly<Record<string, string>>;
    readonly password: pulumi.Output<string>;
    /** The Secret whose ca.crt is the authority of the server's certificate. */
    readonly authority: string;
}

/**
 * A PostgreSQL server that speaks TLS alone, whose users are the roles of its rows: each has a password of its own, the
 * rights of one schema, and its own pods as the only place to connect from (pg_hba.conf). A sidecar keeps users, rights
 * and row-level security as they are written here, over the pod's socket; the administrator has no password and no way
 * in over the network.
 *
 * Throws MissingRow when no row opens its port, RangeError for names that PostgreSQL would have to quote.
 */
export class PostgreSQL extends pulumi.ComponentResource {
    private readonly passwords: ReadonlyMap<Role, pulumi.Output<string>>;
    private readonly users: readonly DatabaseUser[];
    private readonly certificate: InternalCertificate;

    constructor(
        name: string,
        private readonly args: PostgreSQLArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("matrice:index:PostgreSQL", name, {}, opts);
        const { role, database, clients, passwordGeneration } = args;
        const child = { parent: this };
        const users = clients.map((client) => userOf(client.role, client.rights));
        const settings = { ...args, users: [...users, { name: METRICS, rights: "metrics" as const }] };
        this.users = users;
        this.passwords = new Map(
            users.map((user) => [
                user.client!,
                password(`${name}-${nameOf(user.client!)}-password`, child, passwordGeneration),
            ]),
        );
        this.certificate = new InternalCertificate(`${name}-tls`, { role }, child);
        const configuration = configMap(
            name,
            role,
            {
                "postgresql.conf": serverConfiguration(role.port("postgresql")),
                "pg_hba.conf": accessRules(database, settings.users),
                "pg_ident.conf": identities(settings.users),
            },
            child,
        );
        const scripts = configMap(
            `${name}-scripts`,
            role,
            {
                "keep.sh": keepScript(),
                "database.sql": databaseScript(settings),
                "rights.sql": rightsScript(settings),
            },
            child,
        );
        const passwords = secret(
            `${name}-passwords`,
            role,
            Object.fromEntries(users.map((user) => [user.name, this.passwords.get(user.client!)!])),
            child,
        );
        stateful(name, {
            keeper: args,
            user: POSTGRESQL_USER,
            // SIGINT, which the image asks for, ends what runs; then memory is written to disk.
            gracePeriodSeconds: 120,
            containers: containers(args),
            volumes: volumes({
                configuration: configuration.metadata.name,
                scripts: scripts.metadata.name,
                passwords: passwords.metadata.name,
                certificate: this.certificate.secret,
            }),
            opts: { parent: this, dependsOn: this.certificate },
        });
        service(name, { role, purpose: "postgresql" }, child);
        metricsService(name, role, child);
        for (const { role: client } of clients) clientsService(name, client, child);
        this.registerOutputs();
    }

    /** How a role connects. Throws ResourceError for a role that is no client. */
    connection(client: Role, folder: string): Connection {
        const user = this.users.find((one) => one.client === client);
        const word = this.passwords.get(client);
        if (user === undefined || word === undefined) {
            throw new pulumi.ResourceError(`${client.name} is no client of the database: name it under clients.`, this);
        }
        return {
            environment: {
                PGHOST: hostOf(this.args.role),
                PGPORT: String(this.args.role.port("postgresql")),
                PGDATABASE: this.args.database,
                PGUSER: user.name,
                PGSSLMODE: "verify-full",
                PGSSLROOTCERT: `${folder}/ca.crt`,
            },
            password: word,
            authority: this.certificate.secret,
        };
    }
}

/** Gives the pods of a client names by which the server knows them, whether or not they serve anything. */
function clientsService(name: string, client: Role, opts: pulumi.CustomResourceOptions): k8s.core.v1.Service {
    const of = metadata(client, CLIENTS_SUFFIX);
    return new k8s.core.v1.Service(
        `${name}-${of.name}`,
        {
            metadata: of,
            spec: {
                type: "ClusterIP",
                clusterIP: "None",
                // A pod asks its database before it is ready.
                publishNotReadyAddresses: true,
                selector: client.podLabels,
            },
        },
        opts,
    );
}
