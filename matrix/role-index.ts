import { type Flow } from "./flow";
import { type Inventory } from "./inventory";
import { didYouMean, fold, slug } from "./names";
import { Role } from "./role";
import { type FlowProblem } from "./row-diagnostic";

/** The roles of an inventory, by each of their names. */
export class RoleIndex {
    readonly roles: readonly Role[];
    private readonly byName = new Map<string, Role>();

    constructor(private readonly inventory: Inventory) {
        this.roles = inventory.roles.map((entry) => new Role(entry, inventory.zones, inventory.platform));
        for (const role of this.roles) for (const name of role.names()) this.byName.set(slug(name), role);
    }

    get(name: string): Role | undefined {
        return this.byName.get(slug(name));
    }

    /** The role at one end of a flow; reports a name that is unknown, or that fits several. */
    find(
        flow: Flow,
        end: "source" | "destination",
        report: (flow: Flow, problem: FlowProblem) => void,
    ): Role | undefined {
        const name = flow[end];
        const role = this.get(name);
        if (role) return role;
        const fitting = this.fitting(name);
        if (fitting.length > 1) {
            const message = `"${name}" fits ${fitting.length === 2 ? "two roles" : `${fitting.length} roles`}: ${fitting.join(", ")}`;
            report(flow, {
                code: "ambiguous-name",
                message,
                expected: `one of them, or a role "${name}" in ${this.inventory.file}`,
                cell: end,
            });
        } else {
            const hint = didYouMean(name, this.names());
            const expected = hint ?? `a role of ${this.inventory.file}, or "${name}" added to it`;
            report(flow, { code: "unknown-role", message: `no role is called "${name}"`, expected, cell: end });
        }
        return undefined;
    }

    /** A group's members: those the inventory lists, else every workload; less the other end. */
    members(group: Role, other: Role): Role[] {
        const listed = group.entry.members?.map((name) => this.get(name)!);
        return (listed ?? this.roles.filter((role) => role.isWorkload)).filter((role) => role !== other);
    }

    /** The part whose pods carry the whole's flows to a destination. */
    carrier(whole: Role, destination: Role): Role | undefined {
        return this.roles.find(
            ({ entry }) =>
                entry.partOf !== undefined &&
                this.get(entry.partOf) === whole &&
                entry.carries.some((name) => this.get(name) === destination),
        );
    }

    private names(): string[] {
        return this.roles.flatMap((role) => role.names());
    }

    /** Roles that a shortened name could mean: those with all its words. */
    private fitting(name: string): string[] {
        const words = wordsOf(name);
        if (words.length === 0) return [];
        return this.roles
            .filter((role) => role.names().some((one) => words.every((word) => wordsOf(one).includes(word))))
            .map((role) => role.name);
    }
}

function wordsOf(name: string): string[] {
    return fold(name).match(/[\p{L}\p{N}]+/gu) ?? [];
}
