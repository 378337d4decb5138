import fc from "fast-check";
import type { KubernetesObject } from "../../network";
import { edit, peer, policy, ports, service } from "../mutations/objects";

const roles = ["proxy", "api", "app-user", "mongodb", "redis", "cleanup"];
const role = fc.constantFrom(...roles);
const protocol = fc.constantFrom("TCP", "TCP", "UDP");
const number = fc.constantFrom(53, 80, 443, 587, 6379, 8089, 9091, 27017, 27018);

/** Services of any role, on ports that its rows may list. */
export const services: fc.Arbitrary<KubernetesObject> = fc
    .record({
        role,
        protocol,
        port: number,
        target: fc.option(number, { nil: undefined }),
        connected: fc.boolean(),
    })
    .map(({ role: of, protocol: by, port, target, connected }) =>
        edit(
            service("f-service", of, ports({ port, protocol: by, ...(target && { targetPort: target }) })),
            ({ spec }) => {
                if (!connected) delete spec.selector["matrice.dev/connected"];
            },
        ),
    );

const block = fc.constantFrom("0.0.0.0/0", "10.0.0.0/8", "198.51.100.0/24", "192.0.2.10/32", "::/0", "2001:db8::/32");
const end = fc.oneof(
    fc
        .record({
            of: fc.constantFrom(...roles, "nobody"),
            loose: fc.constantFrom("", "", "namespace", "labels", "pods"),
        })
        .map(({ of, loose }) => {
            const { namespaceSelector, podSelector } = peer(of);
            const named = { matchLabels: { "app.kubernetes.io/name": of } };
            return {
                ...(loose === "namespace" ? {} : { namespaceSelector }),
                podSelector: loose === "pods" ? {} : loose === "labels" ? named : podSelector,
            };
        }),
    fc.record({ cidr: block, except: fc.boolean() }).map(({ cidr, except }) => ({
        ipBlock: { cidr, ...(except && cidr === "0.0.0.0/0" ? { except: ["10.0.0.0/8", "192.168.0.0/16"] } : {}) },
    })),
);
const opened = fc
    .record({ protocol, port: number, more: fc.constantFrom(0, 0, 0, 1, 30000) })
    .map(({ protocol: by, port, more }) => ({ protocol: by, port, ...(more > 0 ? { endPort: port + more } : {}) }));
/** Policies with a rule of some peers and ports, most of them near what a row says. */
export const policies: fc.Arbitrary<KubernetesObject> = fc
    .record({
        role,
        side: fc.constantFrom("ingress" as const, "egress" as const),
        ends: fc.array(end, { maxLength: 2 }),
        opened: fc.array(opened, { maxLength: 2 }),
    })
    .map(({ role: of, side, ends, opened: listed }) =>
        policy("f-policy", of, {
            [side]: [{ [side === "ingress" ? "from" : "to"]: ends, ports: listed }],
        }),
    );
