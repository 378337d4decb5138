import { parseNetworkSettings, SettingsError } from "../../network";

function refusal(value: unknown, stack = "prod"): string {
    try {
        parseNetworkSettings(value, { stack });
    } catch (error) {
        expect(error).toBeInstanceOf(SettingsError);
        return (error as Error).message;
    }
    throw new Error("the settings were accepted");
}

test("what is not set has its default", () => {
    expect(parseNetworkSettings({})).toEqual({
        edge: "direct",
        loadBalancerCidrs: [],
        people: {},
        controlPlane: { cidrs: [] },
        cni: "standard",
        requireRealised: false,
    });
});

test("settings come as an object or as the JSON that Pulumi keeps", () => {
    const value = { people: { clients: ["203.0.113.0/24"] } };
    expect(parseNetworkSettings(JSON.stringify(value))).toEqual(parseNetworkSettings(value));
});

test("a stack without the settings is told the command that begins them", () => {
    expect(refusal(undefined)).toBe(
        "The setting matrice:network of stack prod is missing: it says which addresses people and the control plane have.\n" +
            "  Run: pulumi config set --stack prod --path 'matrice:network.people.clients[0]' 203.0.113.0/24",
    );
});

test("proxyProtocol without the load balancer's addresses is refused", () => {
    expect(refusal({ edge: "proxyProtocol" })).toBe(
        "The setting matrice:network of stack prod is not right:\n" +
            "  matrice:network.loadBalancerCidrs: empty: with edge proxyProtocol pods see the load balancer's addresses alone, so none could connect\n" +
            "    Run: pulumi config set --stack prod --path 'matrice:network.loadBalancerCidrs[0]' 10.0.0.0/24",
    );
});

test("people without addresses are refused", () => {
    expect(refusal({ people: { clients: [] } })).toContain("matrice:network.people.clients: empty");
});

test.each([
    ["10.0.0.300/8", "is not a CIDR block: write one such as 203.0.113.0/24 or 2001:db8::/32"],
    ["203.0.113.7", "has no prefix length: did you mean 203.0.113.7/32?"],
    ["2001:db8::1", "has no prefix length: did you mean 2001:db8::1/128?"],
    ["203.0.113.7/24", "has bits set beyond its prefix: did you mean 203.0.113.0/24?"],
    ["2001:db8::1/32", "has bits set beyond its prefix: did you mean 2001:db8::/32?"],
    ["203.0.113.0/33", "is not a CIDR block: its prefix length must be 0 to 32"],
    ["10.1/16", "is not a CIDR block: write one such as 203.0.113.0/24 or 2001:db8::/32"],
    ["0x0a.0.0.0/8", "is not a CIDR block: write one such as 203.0.113.0/24 or 2001:db8::/32"],
])("the block %s is refused with its place and what would be right", (cidr, message) => {
    const text = refusal({ people: { clients: ["203.0.113.0/24", cidr] } });
    expect(text).toContain(`matrice:network.people.clients[1]: "${cidr}" ${message}`);
    expect(text).toContain(
        "Run: pulumi config set --stack prod --path 'matrice:network.people.clients[1]' 203.0.113.0/24",
    );
});

test("an unknown key is refused with the one that was meant and the command that removes it", () => {
    const text = refusal({ loadbalancerCidrs: [] });
    expect(text).toContain("matrice:network.loadbalancerCidrs: unknown key: did you mean loadBalancerCidrs?");
    expect(text).toContain("Run: pulumi config rm --stack prod --path 'matrice:network.loadbalancerCidrs'");
});

test("every wrong key is named at once", () => {
    const text = refusal({ edge: "tunnel", controlPlane: { cidrs: ["x"], port: 70000 } });
    expect(text.match(/Run: /g)).toHaveLength(3);
});
