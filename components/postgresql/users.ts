import type { Role } from "../../matrix";
import { workloadOf } from "../workload";
import { identifier } from "./names";

/**
 * What a user of the database may do: read and write the tables of one schema, read everything for a backup, or read
 * the server's statistics.
 */
export type Rights = { readonly schema: string } | "backup" | "metrics";

/** A user of the database: a service, by its own pods alone. */
export interface DatabaseUser {
    readonly name: string;
    readonly rights: Rights;
    /** The role whose pods connect as the user; none connects over the network as the user of metrics. */
    readonly client?: Role;
}

/** The user of a service: its workload's name, with what SQL takes in a name. */
export function userOf(client: Role, rights: Rights): DatabaseUser {
    return { name: identifier(workloadOf(client).name.replaceAll("-", "_")), rights, client };
}

/** The role that owns schemas and tables: nobody logs in as it, so no service can lift what stands on its tables. */
export function ownerOf(database: string): string {
    return identifier(`${database}_owner`);
}

/** The role that every user is a member of: one that is taken out of the settings is found by it, and can log in no more. */
export function membersOf(database: string): string {
    return identifier(`${database}_users`);
}
