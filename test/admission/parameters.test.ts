import fc from "fast-check";
import { encodeListeners, parameters } from "../../admission/parameters";
import { covered } from "../../rules/listeners";
import { context } from "../rules/factories";

const data = parameters(context, { breakGlass: "breakers", challenges: "manager" });

describe("the matrix as parameters", () => {
    test("says what each role listens on, as numbers and as its sentence", () => {
        expect(data["rides.api.name"]).toBe("API");
        expect(data["rides.api.listeners"]).toBe("TCP/80/80,TCP/9091/9091");
        expect(data["rides.api.listening"]).toBe("API listens on 80/TCP (matrix.md:6) and 9091/TCP (matrix.md:7).");
        expect(data["rides.media.listeners"]).toBe("UDP/49152/49160");
        expect(data["rides.app-user.listeners"]).toBe("");
    });

    test("says by which labels pods are a role's, in the order of the inventory", () => {
        expect(data["rides.roles"].split("\n")).toEqual([
            "proxy|app.kubernetes.io/name=proxy",
            "api|app.kubernetes.io/name=api",
            "app-user|app.kubernetes.io/name=app-user",
            "redis|app.kubernetes.io/name=redis",
            "mongodb|app.kubernetes.io/name=mongodb",
            "media|app.kubernetes.io/name=media",
            "solver|app.kubernetes.io/name=solver",
            "solver|solver=true",
        ]);
        expect(data["monitoring.roles"]).toBe("prometheus|app.kubernetes.io/name=prometheus");
    });

    test("says what the policies of a role let in and out", () => {
        expect(data["rides.redis.ingress"]).toBe(
            "pods|rides|app.kubernetes.io/name=api,matrice.dev/connected=true|TCP/6379/6379",
        );
        expect(data["rides.proxy.ingress"]).toBe("block|203.0.113.0/24||TCP/80/80,TCP/443/443");
        expect(data["rides.api.egress"]).toMatch(/^block\|0\.0\.0\.0\/0\|[^|]*10\.0\.0\.0\/8[^|]*\|TCP\/587\/587$/m);
    });

    test("says which rows stand behind them, by the other end", () => {
        expect(data["rides.redis.ingress.rows"]).toBe("rides.api|TCP/6379/6379|matrix.md:8");
        expect(data["rides.redis.ingress.says"]).toBe("rides.api|Redis receives from API 6379/TCP (matrix.md:8).");
        expect(data["rides.proxy.ingress.rows"]).toBe("*|TCP/80/80|matrix.md:5\n*|TCP/443/443|matrix.md:5");
    });

    test("knows the edge, whom its load balancer lets in, and the hosts of other parties", () => {
        expect([data["rides.proxy.edge"], data["rides.api.edge"]]).toEqual(["true", "false"]);
        expect(data["rides.proxy.sources"]).toBe("203.0.113.0/24");
        expect(data["host.mail.example.com.listeners"]).toBe("TCP/587/587");
    });

    test("has keys that a ConfigMap takes, and stays far below its megabyte", () => {
        expect(Object.keys(data).filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key))).toEqual([]);
        expect(JSON.stringify(data).length).toBeLessThan(100_000);
    });
});

describe("listeners as a text", () => {
    /** What the policies' CEL does with it. */
    const isListed = (text: string, transport: string, from: number, to: number) =>
        text.split(",").some((one) => {
            const [of, first, last] = one.split("/");
            return of === transport && Number(first) <= from && to <= Number(last);
        });
    const transport = fc.constantFrom("TCP", "UDP", "SCTP");
    const range = fc
        .tuple(transport, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 6 }))
        .map(([of, from, more]) => ({ transport: of, from, to: from + more }));

    test("allow exactly what the rules' listeners allow", () => {
        fc.assert(
            fc.property(fc.array(range, { maxLength: 8 }), range, (listeners, asked) => {
                const ofTransport = listeners
                    .filter((one) => one.transport === asked.transport)
                    .sort((a, b) => a.from - b.from);
                expect(isListed(encodeListeners(listeners), asked.transport, asked.from, asked.to)).toBe(
                    covered(ofTransport, asked.from, asked.to),
                );
            }),
            { numRuns: 500 },
        );
    });
});
