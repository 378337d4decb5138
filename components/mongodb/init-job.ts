import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../matrix";
import { emptyDir, podTemplate } from "../pod";
import { configMap, secret, variables } from "../secrets";
import { serviceAccount, unnamed } from "../workload";
import { MONGODB_USER } from "./member";
import { mongodbScript } from "./scripts";

export interface Account {
    readonly user: string;
    /** The database that holds the user. */
    readonly database: string;
    readonly password: pulumi.Output<string>;
    readonly roles: readonly { readonly role: string; readonly db: string }[];
}

export interface InitJobArgs {
    readonly role: Role;
    readonly image: pulumi.Input<string>;
    readonly replicaSet: string;
    /** host:port of every member. */
    readonly members: readonly string[];
    readonly root: {
        readonly user: string;
        readonly password: pulumi.Output<string>;
        /** The one it may still have: it is then given the other. */
        readonly before?: pulumi.Output<string>;
    };
    readonly users: readonly Account[];
}

const SCRIPTS_FOLDER = "/opt/mongodb";
const SECRETS_FOLDER = "/run/secrets/mongodb";

/**
 * The Job that forms the replica set and makes its users (components/mongodb/scripts). A Job's template can't change:
 * when its scripts, members, passwords or image do, Pulumi runs a new Job, which finds what is there.
 */
export class InitJob extends pulumi.ComponentResource {
    constructor(name: string, args: InitJobArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:MongoDBInit", name, {}, opts);
        const { role } = args;
        const child = { parent: this };
        const account = serviceAccount(name, role, child);
        const scripts = configMap(
            `${name}-scripts`,
            role,
            { "init.sh": mongodbScript("init.sh"), "init.js": mongodbScript("init.js") },
            child,
        );
        const passwords = secret(
            `${name}-accounts`,
            role,
            {
                root: args.root.password,
                ...(args.root.before && { "root-before": args.root.before }),
                "users.json": usersFile(args.users),
                ...Object.fromEntries(args.users.map((entry) => [passwordKey(entry), entry.password])),
            },
            child,
        );
        new k8s.batch.v1.Job(
            name,
            {
                metadata: unnamed(role),
                spec: {
                    backoffLimit: 6,
                    activeDeadlineSeconds: 900,
                    template: podTemplate({
                        role,
                        user: MONGODB_USER,
                        restartPolicy: "OnFailure",
                        containers: [
                            {
                                name: "init",
                                image: args.image,
                                command: ["sh", `${SCRIPTS_FOLDER}/init.sh`],
                                env: variables({
                                    INIT_SCRIPT: `${SCRIPTS_FOLDER}/init.js`,
                                    MONGODB_REPLICA_SET: args.replicaSet,
                                    MONGODB_MEMBERS: args.members.join(","),
                                    MONGODB_ROOT_USERNAME: args.root.user,
                                    MONGODB_ROOT_PASSWORD_FILE: `${SECRETS_FOLDER}/root`,
                                    ...(args.root.before && {
                                        MONGODB_ROOT_PASSWORD_BEFORE_FILE: `${SECRETS_FOLDER}/root-before`,
                                    }),
                                    MONGODB_USERS_FILE: `${SECRETS_FOLDER}/users.json`,
                                    HOME: "/tmp",
                                }),
                                resources: { cpu: ["50m", "500m"], memory: ["128Mi", "256Mi"] },
                                volumeMounts: [
                                    { name: "scripts", mountPath: SCRIPTS_FOLDER, readOnly: true },
                                    { name: "accounts", mountPath: SECRETS_FOLDER, readOnly: true },
                                    { name: "tmp", mountPath: "/tmp" },
                                ],
                            },
                        ],
                        volumes: [
                            emptyDir("tmp", "64Mi"),
                            { name: "scripts", configMap: { name: scripts.metadata.name } },
                            {
                                name: "accounts",
                                secret: { secretName: passwords.metadata.name, defaultMode: 0o440 },
                            },
                        ],
                    }),
                },
            },
            { ...child, dependsOn: account },
        );
        this.registerOutputs();
    }
}

/** users.json as init.js reads it; it names the files of the passwords and holds none. */
export function usersFile(users: readonly Account[]): string {
    return JSON.stringify(
        users.map((entry) => ({
            user: entry.user,
            database: entry.database,
            passwordFile: `${SECRETS_FOLDER}/${passwordKey(entry)}`,
            roles: entry.roles,
        })),
        undefined,
        2,
    );
}

function passwordKey({ user }: Account): string {
    return `password-${user}`;
}
