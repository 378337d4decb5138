import { platformOf } from "../../platforms";
import { readStack } from "../../platforms/e-chauffeur/settings";
import { least, stackOf } from "./double";

function refusal(settings: Record<string, unknown>, secrets: Record<string, string> = {}): string {
    try {
        readStack(stackOf(settings, secrets));
    } catch (error) {
        return (error as Error).message;
    }
    throw new Error("accepted");
}

describe("The settings of e-chauffeur", () => {
    it("need no more than who publishes what, for whom and by which certificates", () => {
        const settings = readStack(stackOf(least));
        expect(settings).toMatchObject({ protect: false, preload: true, mongodb: { members: 3, size: "15Gi" } });
        for (const image of Object.values(settings.images)) expect(image).toMatch(/:[\w.-]+$/);
    });

    it.each(["sites", "redirect", "letsEncrypt"])("say how to set %s when it is missing", (key) => {
        const { [key as "sites"]: _, ...rest } = least;
        expect(refusal(rest)).toMatch(
            new RegExp(
                `matrice:${key}: missing\\n {4}Run: pulumi config set --stack test --path 'matrice:${key}\\.\\w+' \\S+`,
            ),
        );
    });

    it("name every wrong key at once, each with its command", () => {
        const message = refusal({
            ...least,
            protect: "perhaps",
            sites: { ...least.sites, api: "https://api.example.org/" },
            replicas: { api: 0 },
        });
        expect(message).toMatch(
            /matrice:sites\.api: expected a host name.*\n.*--path 'matrice:sites\.api' api\.example\.org/,
        );
        expect(message).toMatch(
            /matrice:protect: expected true or false\n.*pulumi config set --stack test matrice:protect true/,
        );
        expect(message).toMatch(/matrice:replicas\.api: .*\n.*--path 'matrice:replicas\.api' 2/);
    });

    it("refuse a key that nothing reads", () => {
        expect(refusal({ ...least, replica: { api: 2 } })).toMatch(
            /matrice:replica: unknown key.*\n {4}Run: pulumi config rm --stack test matrice:replica$/,
        );
        expect(refusal({ ...least, sites: { ...least.sites, shop: "shop.example.org" } })).toMatch(
            /matrice:sites\.shop: unknown key\n {4}Run: pulumi config rm --stack test --path 'matrice:sites\.shop'$/,
        );
    });

    it("refuse a dashboard that the API's CORS would turn away", () => {
        expect(refusal({ ...least, sites: { ...least.sites, dashboard: "dashboard.example.net" } })).toMatch(
            /matrice:sites\.dashboard: is dashboard\.example\.net: the API admits sites under example\.org/,
        );
    });

    it.each(["api", "docker.io/library/api", "registry.example.org:5000/api", "api:"])(
        "refuse the image %s, which is another every day",
        (api) => {
            expect(refusal({ ...least, images: { api } })).toMatch(/matrice:images\.api: expected an image/);
        },
    );

    it.each([
        "api:v1",
        "registry.example.org:5000/shop/api:v1",
        `registry.example.org/api@sha256:${"0".repeat(64)}`,
        `registry.example.org/api:v1@sha256:${"0".repeat(64)}`,
    ])("accept the image %s", (api) => {
        expect(readStack(stackOf({ ...least, images: { api } })).images.api).toBe(api);
    });

    it("ask for the secret that another setting needs", () => {
        const mail = { user: "postmaster@example.org", from: "noreply@example.org" };
        expect(refusal({ ...least, mail })).toMatch(
            /matrice:mailPassword: missing, while mail is set\n {4}Run: pulumi config set --stack test --secret matrice:mailPassword <value>/,
        );
        expect(readStack(stackOf({ ...least, mail }, { mailPassword: "word" })).mail).toEqual(mail);
    });

    it.each([
        [{ slackChannel: "#alerts" }, /matrice:slackUrl: missing, while alerts\.slackChannel is set/],
        [{ recipients: ["duty@example.org"] }, /matrice:mail: missing, while alerts\.recipients is set/],
    ])("ask for what a channel of alerts needs: %j", (alerts, message) => {
        expect(refusal({ ...least, alerts })).toMatch(message);
    });

    it("leave the network's settings to the network, and say what both refuse", () => {
        const message = refusal({ ...least, protect: 7, network: { ...least.network, edge: "sideways" } });
        expect(message).toMatch(/matrice:network\.edge/);
        expect(message).toMatch(/matrice:protect/);
    });

    it("take numbers and truth values as `pulumi config set` writes them", () => {
        expect(readStack(stackOf({ ...least, protect: "true" })).protect).toBe(true);
    });
});

describe("A stack's platform", () => {
    it("is asked for when it is missing", () => {
        const { platform: _, ...rest } = least;
        expect(() => platformOf(stackOf(rest))).toThrow(
            /matrice:platform is missing.*\n {2}Run: pulumi config set --stack test matrice:platform e-chauffeur/,
        );
    });

    it.each(["e-chaufeur", "toString", "../e-chauffeur"])("is one that is there, not %s", (platform) => {
        expect(() => platformOf(stackOf({ ...least, platform }))).toThrow(`matrice:platform is "${platform}"`);
    });
});
