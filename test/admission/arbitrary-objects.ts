import fc from "fast-check";
import type { KubernetesObject } from "../../network";
import { edit, peer, policy, ports, service } from "../mutations/objects";

const roles = ["proxy", "api", "app-user", "mongodb", "redis", "cleanup"];
const role = fc.constantFrom(...roles);
const protocol = fc.constantFrom("TCP", "TCP", "UDP");
const number = fc.constantFrom(53, 80, 443, 587, 6379, 8089, 9091, 27017, 27018);

/** Ends and ports that rows list: without them hardly anything would pass. */
const listed = [
    { from: "proxy", to: "api", port: 80 },
    { from: "app-user", to: "api", port: 80 },
    { from: "api", to: "redis", port: 6379 },
    { from: "api", to: "mongodb", port: 27017 },
];

/** Services of any role, on ports that its rows may list. */
export const services: fc.Arbitrary<KubernetesObject> = fc
    .record({
        pair: fc.oneof(fc.constantFrom(...listed), fc.record({ to: role, port: number })),
        protocol,
        target: fc.option(number, { nil: undefined, freq: 1 }),
        connected: fc.constantFrom(true, true, true, false),
    })
    .map(({ pair, protocol: by, target, connected }) => {
        const one = service(
            "f-service",
            pair.to,
            ports({ port: pair.port, protocol: by, targetPort: target ?? pair.port }),
        );
        return edit(one, ({ spec }) => {
            if (!connected) delete spec.selector["matrice.dev/connected"];
        });
    });

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
const anyRule = fc.record({
    of: role,
    side: fc.constantFrom("ingress" as const, "egress" as const),
    ends: fc.array(end, { maxLength: 2 }),
    opened: fc.array(opened, { maxLength: 2 }),
});
/** A row's own rule, and sometimes one thing more. */
const listedRule = fc
    .record({
        row: fc.constantFrom(...listed),
        side: fc.constantFrom("ingress" as const, "egress" as const),
        more: fc.constantFrom("nothing", "nothing", "end", "port"),
        end,
        opened,
    })
    .map(({ row: { from, to, port }, side, more, end: another, opened: wider }) => ({
        of: side === "ingress" ? to : from,
        side,
        ends: [peer(side === "ingress" ? from : to), ...(more === "end" ? [another] : [])],
        opened: [{ protocol: "TCP", port }, ...(more === "port" ? [wider] : [])],
    }));

/** Policies with a rule of some peers and ports, half of them near what a row says. */
export const policies: fc.Arbitrary<KubernetesObject> = fc
    .oneof(anyRule, listedRule)
    .map(({ of, side, ends, opened: open }) =>
        policy("f-policy", of, { [side]: [{ [side === "ingress" ? "from" : "to"]: ends, ports: open }] }),
    );
