import type { Role } from "../../matrix";
import type { Opening } from "./openings";
import type { Piece, RenderedPlatform } from "./platform";

interface Subject {
    kind: string;
    name: string;
    namespace?: string;
}
interface Rule {
    verbs: string[];
    resources?: string[];
    nonResourceURLs?: string[];
}

/** What the control plane's authorisation (RBAC) gives the pods of a role: its bindings, and the roles that they name. */
export function rightsOf(
    platform: RenderedPlatform,
    role: Role,
): { piece: Piece; opening: Opening; details: string }[] {
    return platform.pieces.flatMap((binding) => {
        const { kind, metadata, roleRef, subjects = [] } = binding.resource.object ?? {};
        if (
            !/^(Cluster)?RoleBinding$/.test(kind ?? "") ||
            !subjects.some((one: Subject) => isSubject(platform, role, one))
        ) {
            return [];
        }
        const named = platform.pieces.find(
            ({ resource: { object } }) =>
                object?.kind === roleRef.kind &&
                object.metadata.name === roleRef.name &&
                (roleRef.kind === "ClusterRole" || object.metadata.namespace === metadata.namespace),
        );
        const where = kind === "RoleBinding" ? `in ${metadata.namespace}` : "in every namespace";
        return [
            { piece: binding, opening: binding.openings[0], details: `${roleRef.kind} ${roleRef.name} ${where}` },
            ...(named === undefined
                ? []
                : [
                      {
                          piece: named,
                          opening: named.openings[0],
                          details: rulesText(named.resource.object.rules ?? []),
                      },
                  ]),
        ];
    });
}

/** A service account is its pods'; users and groups are the people who reach the control plane. */
function isSubject(platform: RenderedPlatform, role: Role, { kind, name, namespace }: Subject): boolean {
    return kind === "ServiceAccount"
        ? platform.pieces.find((piece) => piece.name === `ServiceAccount ${namespace}/${name}`)?.role === role
        : role.kind === "people";
}

function rulesText(rules: readonly Rule[]): string {
    const texts = rules.map(
        ({ verbs, resources = [], nonResourceURLs = [] }) =>
            `${verbs.join(", ")} ${[...resources, ...nonResourceURLs].join(", ")}`,
    );
    const shown = texts.slice(0, 3).join("; ");
    return texts.length > 3 ? `${shown}; and more` : shown;
}
