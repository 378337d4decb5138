import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { nodeRules } from "../../network";
import { NODE_SETTINGS, nodesMatrix } from "../network/nodes-matrix";
import { canMakeNamespaces, Namespace } from "./namespaces";
import { eventually, scratch } from "./nginx";

jest.setTimeout(60_000);

const SCRIPTS = resolve(__dirname, "../../components/nodes");
const RULES = nodeRules(nodesMatrix(), NODE_SETTINGS);
/** Rules by which nobody here comes in. */
const LOCKED = nodeRules(nodesMatrix(), { ...NODE_SETTINGS, addresses: { Administrator: ["192.0.2.0/24"] } });

// Without them the tests below are counted as skipped.
const withNamespaces = canMakeNamespaces() ? describe : describe.skip;

withNamespaces("the rules of nodes between network namespaces (root, nftables)", () => {
    const { folder, remove } = scratch();
    let outside: Namespace;
    let node: Namespace;
    let pod: Namespace;

    const environment = {
        ...process.env,
        MATRICE_STATE: join(folder, "state"),
        MATRICE_KEPT: join(folder, "kept"),
        MATRICE_UNITS: join(folder, "no-systemd"),
    };
    const script = (file: string, words: string[] = [], input = "") => {
        const args = ["netns", "exec", node.name, "sh", join(SCRIPTS, file), ...words];
        const { status, stdout, stderr } = spawnSync("ip", args, { input, env: environment, encoding: "utf8" });
        return { ok: status === 0, output: stdout + stderr };
    };
    const apply = (rules: string, seconds = 600) => script("apply.sh", [String(seconds)], rules);
    const dropped = () => Number(/counter packets (\d+) bytes \d+ drop/.exec(ruleset())?.[1]);
    const ruleset = () => node.run("nft", "list", "table", "inet", "matrice_nodes");

    beforeAll(async () => {
        outside = new Namespace("out");
        node = new Namespace("node");
        pod = new Namespace("pod");
        outside.connect(node, "cable");
        node.connect(pod, "inner");
        const servers = ["10.2.0.53/32", "10.2.0.54/32", "10.3.0.1/32", "10.4.0.1/32"];
        outside.address("cable", "10.1.0.2/24", "10.9.0.2/32", "fd01::2/64", "fd02::2/128", ...servers);
        node.address("cable", "10.1.0.1/24", "fd01::1/64");
        node.address("inner", "10.50.0.1/24");
        pod.address("inner", "10.50.0.2/24");
        node.run("ip", "route", "add", "default", "via", "10.1.0.2");
        node.run("ip", "-6", "route", "add", "fd02::2", "via", "fd01::2");
        node.run("sysctl", "-qw", "net.ipv4.ip_forward=1");
        pod.run("ip", "route", "add", "default", "via", "10.50.0.1");
        outside.run("ip", "route", "add", "10.50.0.0/24", "via", "10.1.0.1");
        await Promise.all([node.serve(2222), node.serve(8080), pod.serve(2222), outside.serve(53), outside.serve(123)]);
    });

    afterAll(() => {
        for (const namespace of [outside, node, pod]) namespace?.delete();
        remove();
    });

    it("change who comes in, and nothing before they are there", () => {
        expect(outside.reaches("tcp", "10.1.0.1", 2222, "10.9.0.2")).toBe(true);
        expect(apply(RULES)).toMatchObject({ ok: true });
        expect(script("confirm.sh")).toMatchObject({ ok: true });
        expect(outside.reaches("tcp", "10.1.0.1", 2222, "10.9.0.2")).toBe(false);
    });

    it.each([
        ["an administrator over IPv4", "10.1.0.1", "10.1.0.2", true],
        ["an administrator over IPv6", "fd01::1", "fd01::2", true],
        ["another over IPv4", "10.1.0.1", "10.9.0.2", false],
        ["another over IPv6", "fd01::1", "fd02::2", false],
    ])("let in by SSH who may come: %s", (_who, to, from, expected) => {
        const before = dropped();
        expect(outside.reaches("tcp", to, 2222, from)).toBe(expected);
        expect(dropped() > before).toBe(!expected);
    });

    it("leave ports that no row names to others", () => {
        expect(outside.reaches("tcp", "10.1.0.1", 8080, "10.9.0.2")).toBe(true);
    });

    it("leave what is forwarded to pods alone, on the same port too", () => {
        expect(outside.reaches("tcp", "10.50.0.2", 2222, "10.9.0.2")).toBe(true);
    });

    it.each([
        ["names at the resolver, over UDP", "udp", "10.2.0.53", 53, true],
        ["names at the resolver, over TCP", "tcp", "10.2.0.53", 53, true],
        ["names elsewhere, over UDP", "udp", "10.2.0.54", 53, false],
        ["names elsewhere, over TCP", "tcp", "10.2.0.54", 53, false],
        ["names over IPv6, which has no row", "udp", "fd01::2", 53, false],
        ["the time at a clock", "udp", "10.3.0.1", 123, true],
        ["the time elsewhere", "udp", "10.4.0.1", 123, false],
    ] as const)("let the node ask whom it may: %s", (_what, transport, to, port, expected) => {
        expect(node.reaches(transport, to, port)).toBe(expected);
    });

    it("leave the node's own resolver on itself alone", async () => {
        await node.serve(53);
        expect(node.reaches("udp", "127.0.0.1", 53)).toBe(true);
    });

    it("leave other tables as they are", () => {
        node.run("nft", "add", "table", "inet", "plugin");
        expect(apply(RULES)).toMatchObject({ ok: true });
        expect(node.run("nft", "list", "tables")).toContain("table inet plugin");
    });

    it("come back as they were when those that lock administrators out are not confirmed", async () => {
        const before = ruleset().replace(/packets \d+ bytes \d+/g, "");
        expect(apply(LOCKED, 1)).toMatchObject({ ok: true });
        expect(ruleset()).toContain("192.0.2.0/24");
        await eventually(() => expect(ruleset().replace(/packets \d+ bytes \d+/g, "")).toBe(before));
        expect(outside.reaches("tcp", "10.1.0.1", 2222, "10.1.0.2")).toBe(true);
        const late = script("confirm.sh");
        expect(late.ok).toBe(false);
        expect(late.output).toContain("the confirmation came too late");
    });

    it("are not touched by rules that cannot be read", () => {
        const before = ruleset();
        const { ok, output } = apply("table inet matrice_nodes { chain input { tcp dport x drop } }");
        expect([ok, output]).toEqual([false, expect.stringContaining("Error")]);
        expect(ruleset()).toBe(before);
    });

    it("that are in force already need no second confirmation", () => {
        expect(apply(RULES).output).toContain("in force and confirmed");
        expect(script("confirm.sh")).toMatchObject({ ok: true });
    });

    it("go without a trace", () => {
        expect(script("remove.sh")).toMatchObject({ ok: true });
        expect(node.run("nft", "list", "tables")).not.toContain("matrice_nodes");
        expect(outside.reaches("tcp", "10.1.0.1", 2222, "10.9.0.2")).toBe(true);
    });
});
