import { formatFinding, UNKNOWN, type Finding } from "../../rules";
import { servicePortListed } from "../../rules/service-port-listed";
import { context, edit, type Loose, messages, service } from "./factories";

const check = (change: (spec: Loose) => unknown): string[] =>
    messages(
        servicePortListed,
        edit(service(), ({ spec }) => change(spec)),
    );

describe("service-port-listed", () => {
    test("accepts the ports of the selected role, named and numeric targets", () => {
        expect(check(() => undefined)).toEqual([]);
        expect(check((spec) => spec.ports.push({ name: "metrics", port: 9091, targetPort: "metrics" }))).toEqual([]);
        expect(check((spec) => (spec.clusterIP = "None"))).toEqual([]);
        expect(check((spec) => delete spec.ports)).toEqual([]);
    });

    test("names resource, role, port and the row that would allow it", () => {
        const rogue = edit(service(), (object) => {
            object.metadata.name = "rogue";
            object.spec.ports[0] = { port: 8088 };
        });
        const [finding] = servicePortListed.check(rogue, context) as [Finding];
        expect(finding).toMatchObject({ resource: "Service rides/rogue", role: "API", port: "8088/TCP" });
        expect(formatFinding(finding)).toBe(
            [
                "[mandatory] service-port-listed  Service rides/rogue: 8088/TCP of role API is not in the matrix.",
                "  API listens on 80/TCP (matrix.md:6) and 9091/TCP (matrix.md:7).",
                "  To allow it, add to matrix.md:  | <source> | API | 8088 | TCP | <why> |",
            ].join("\n"),
        );
    });

    test("tells transports apart", () => {
        expect(check((spec) => (spec.ports[0].protocol = "UDP"))).toEqual([
            expect.stringMatching(/80\/UDP of role API is not in the matrix[^]*\| API \| 80\/UDP \| UDP \|/),
        ]);
    });

    test("compares the target as well as the port", () => {
        expect(check((spec) => (spec.ports[0].targetPort = 9090))).toEqual([
            expect.stringContaining("spec.ports[0].targetPort 9090 opens 9090/TCP of role API"),
        ]);
    });

    test("refuses a port of another role", () => {
        const rogue = service("app-user", 27017);
        expect(messages(servicePortListed, rogue)).toEqual([
            expect.stringMatching(/27017\/TCP of role App User[^]*The matrix lets nothing connect to App User/),
        ]);
    });

    test("refuses externalIPs and external names outside the inventory", () => {
        expect(check((spec) => (spec.externalIPs = ["198.51.100.7"]))).toEqual([
            expect.stringContaining("externalIPs claims addresses"),
        ]);
        const external = (host: string, port?: number) =>
            check((spec) =>
                Object.assign(spec, { type: "ExternalName", externalName: host, ports: port && [{ port }] }),
            );
        expect(external("evil.example.com")).toEqual([expect.stringContaining("the host of no role")]);
        expect(external("mail.example.com")).toEqual([]);
        expect(external("mail.example.com", 587)).toEqual([]);
        expect(external("mail.example.com", 25)).toEqual([expect.stringContaining("25/TCP of role Mail")]);
    });

    test.each([
        ["a port", (spec: Loose) => (spec.ports[0].port = UNKNOWN), "spec.ports[0].port"],
        ["a target", (spec: Loose) => (spec.ports[0].targetPort = UNKNOWN), "spec.ports[0].targetPort"],
        ["the list of ports", (spec: Loose) => (spec.ports = UNKNOWN), "spec.ports"],
        [
            "the role's label",
            (spec: Loose) => (spec.selector["app.kubernetes.io/name"] = UNKNOWN),
            'spec.selector["app.kubernetes.io/name"]',
        ],
    ])("refuses %s that is unknown at preview, naming the field", (_, change, path) => {
        expect(check(change)).toEqual([expect.stringContaining(`${path} is unknown at preview`)]);
    });

    test("needs no value that decides nothing", () => {
        expect(
            check((spec) => {
                spec.clusterIP = UNKNOWN;
                spec.sessionAffinity = UNKNOWN;
                spec.selector.other = UNKNOWN;
            }),
        ).toEqual([]);
    });
});
