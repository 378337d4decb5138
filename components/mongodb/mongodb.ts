import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../matrix";
import { password, passwordBefore, secret } from "../secrets";
import { metricsService, service } from "../service";
import { disruptionBudget, hostOf, metadata, nameOf, serviceAccount } from "../workload";
import { InitJob } from "./init-job";
import { DATA, keySecret, memberTemplate } from "./member";

export interface MongoDBArgs {
    readonly role: Role;
    /** The role of the Job that forms the replica set. */
    readonly initRole: Role;
    readonly image: pulumi.Input<string>;
    readonly exporterImage: pulumi.Input<string>;
    /** node_exporter's, for the volumes: without it, or without the row, nothing tells how full they are. */
    readonly volumeExporterImage?: pulumi.Input<string>;
    /** The application's database, which its user is named after. */
    readonly database: string;
    /** Members of the replica set; an odd number, since a majority elects. Defaults to 3. */
    readonly members?: number;
    readonly storage: Storage;
    /** Users besides the application's, each with what it may do and no more. */
    readonly clients?: readonly Client[];
    /** Refuses to delete the members, and keeps the volumes. Defaults to false. */
    readonly protect?: boolean;
    /** Which of the stack's passwords are in force. Defaults to 1. */
    readonly passwordGeneration?: number;
}

/** A user of a job's or a tool's. */
export interface Client {
    readonly user: string;
    /** The database that holds the user. */
    readonly database: string;
    readonly roles: readonly { readonly role: string; readonly db: string }[];
    /** The database of its URI. Defaults to none: all of them. */
    readonly opens?: string;
    /** Defaults to "primary". */
    readonly readPreference?: "secondaryPreferred";
}

export interface Storage {
    /** The size of each member's volume, as a Kubernetes quantity. */
    readonly size: string;
    /** Defaults to the cluster's own default. */
    readonly storageClass?: string;
}

/** The replica set's name. */
const SET = "rs0";
const ROOT = "root";
const METRICS = "metrics";

/**
 * A MongoDB replica set with authentication between members (key file) and of clients (users of their own). A Job forms
 * the set and makes the users; it may run any number of times.
 * https://www.mongodb.com/docs/manual/tutorial/deploy-replica-set-with-keyfile-access-control/
 *
 * Throws MissingRow when no row opens its port, ResourceError for an even number of members.
 */
export class MongoDB extends pulumi.ComponentResource {
    /** The URI of the application's database with its user and password, secret. */
    readonly uri: pulumi.Output<string>;
    private readonly clientUris = new Map<string, pulumi.Output<string>>();

    constructor(name: string, args: MongoDBArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:MongoDB", name, {}, opts);
        const { role, members = 3, protect = false, passwordGeneration: generation } = args;
        if (!Number.isInteger(members) || members < 1 || members % 2 === 0) {
            throw new pulumi.ResourceError(
                `members is ${members}: give an odd number, since an even one survives no more failures.`,
                this,
            );
        }
        const child = { parent: this };
        const kept = { parent: this, protect };
        const hosts = memberHosts(role, members);
        const passwords = {
            root: password(`${name}-root-password`, child, generation),
            rootBefore: passwordBefore(`${name}-root-password`, child, generation),
            application: password(`${name}-application-password`, child, generation),
            metrics: password(`${name}-metrics-password`, child, generation),
        };
        const clients = (args.clients ?? []).map((client) => ({
            ...client,
            password: password(`${name}-${client.user}-password`, child, generation),
        }));
        // One Secret a reader: the members do not see the application's password, nor clients the administrator's.
        const root = secret(`${name}-root`, role, { password: passwords.root }, child);
        const metrics = secret(`${name}-metrics`, role, { MONGODB_PASSWORD: passwords.metrics }, child);
        const account = serviceAccount(name, role, child);
        const set = new k8s.apps.v1.StatefulSet(
            name,
            {
                metadata: metadata(role),
                spec: {
                    replicas: members,
                    serviceName: nameOf(role),
                    // Members start together: none waits for another to be ready before there is a set.
                    podManagementPolicy: "Parallel",
                    revisionHistoryLimit: 3,
                    selector: { matchLabels: role.podLabels },
                    template: memberTemplate({
                        role,
                        replicaSet: SET,
                        image: args.image,
                        key: keySecret(name, role, kept),
                        root: { user: ROOT, secret: root },
                        volumeExporterImage: args.volumeExporterImage,
                        exporter: { image: args.exporterImage, user: METRICS, secret: metrics },
                        scriptName: `${name}-scripts`,
                        opts: child,
                    }),
                    volumeClaimTemplates: [dataClaim(args.storage)],
                    persistentVolumeClaimRetentionPolicy: {
                        whenDeleted: protect ? "Retain" : "Delete",
                        whenScaled: "Retain",
                    },
                },
            },
            { ...kept, dependsOn: account },
        );
        service(name, { role, purpose: "mongodb", headless: true }, child);
        metricsService(name, role, child);
        disruptionBudget(name, role, members, child);
        new InitJob(
            `${name}-init`,
            {
                role: args.initRole,
                image: args.image,
                replicaSet: SET,
                members: hosts,
                root: { user: ROOT, password: passwords.root, before: passwords.rootBefore },
                users: [
                    {
                        user: args.database,
                        database: args.database,
                        password: passwords.application,
                        roles: [{ role: "readWrite", db: args.database }],
                    },
                    {
                        user: METRICS,
                        database: "admin",
                        password: passwords.metrics,
                        roles: [
                            { role: "clusterMonitor", db: "admin" },
                            { role: "read", db: "local" },
                        ],
                    },
                    ...clients,
                ],
            },
            { parent: this, dependsOn: set },
        );
        this.uri = pulumi.interpolate`mongodb://${args.database}:${passwords.application}@${hosts.join(",")}/${args.database}?replicaSet=${SET}`;
        for (const client of clients) this.clientUris.set(client.user, clientUri(client, hosts));
        this.registerOutputs();
    }

    /** The URI of one of the clients with its password, secret. Throws RunError for a user that was not given. */
    uriOf(user: string): pulumi.Output<string> {
        const uri = this.clientUris.get(user);
        if (uri === undefined)
            throw new pulumi.RunError(
                `MongoDB has no client ${user}: it has ${[...this.clientUris.keys()].join(", ")}.`,
            );
        return uri;
    }
}

function clientUri(client: Client & { readonly password: pulumi.Output<string> }, hosts: readonly string[]) {
    const { user, password: word, database, opens = "", readPreference } = client;
    const options = [
        `replicaSet=${SET}`,
        `authSource=${database}`,
        ...(readPreference ? [`readPreference=${readPreference}`] : []),
    ];
    return pulumi.interpolate`mongodb://${user}:${word}@${hosts.join(",")}/${opens}?${options.join("&")}`;
}

/** host:port of each member by its full name, the one that the set gives its clients. */
export function memberHosts(role: Role, members: number): string[] {
    const port = role.port("mongodb");
    return Array.from({ length: members }, (_, ordinal) => `${nameOf(role)}-${ordinal}.${hostOf(role)}:${port}`);
}

function dataClaim({ size, storageClass }: Storage): k8s.types.input.core.v1.PersistentVolumeClaim {
    return {
        metadata: { name: DATA },
        spec: {
            accessModes: ["ReadWriteOnce"],
            storageClassName: storageClass,
            resources: { requests: { storage: size } },
        },
    };
}
