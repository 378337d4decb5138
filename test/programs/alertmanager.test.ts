import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DEAD_MANS_SWITCH, SEVERITIES } from "../../components/observability/alertmanager-configuration";
import { components } from "../components/observability/components";
import { onPort, watchedMatrix } from "../components/observability/watched-matrix";
import { object, objects, render } from "../components/render";
import { answers, Daemon, runProgram } from "./daemon";
import { Listener } from "./http";
import { eventually, freePort, scratch } from "./nginx";

jest.setTimeout(60_000);

const PROGRAM = "prometheus-alertmanager";

/**
 * What the component registers, its files in a folder of this machine. Debian's Alertmanager (0.25) does not know
 * `url_file` of a webhook, which came with 0.26: there the address stands in its place, whatever the file.
 */
async function rendered(
    folder: string,
    { webhook, change = (text) => text, port }: { webhook: string; change?: (text: string) => string; port?: number },
): Promise<{ file: string; args: string[] }> {
    const matrix = port === undefined ? watchedMatrix() : onPort(9098, port);
    const [mail, slack, calls] = ["Mail server", "Slack", "On-call service"].map((name) => matrix.role(name));
    const { resources } = await render(() =>
        components.alertmanager(matrix, {
            email: {
                to: mail,
                from: "alerts@example.org",
                recipients: ["a@example.org", "b@example.org"],
                user: "alerts",
                password: "word",
                severities: ["high", "medium", "low"],
            },
            slack: { to: slack, channel: "#alerts", url: "https://hooks.slack.com/services/x", severities: ["high"] },
            webhook: { to: calls, url: webhook },
            deadMansSwitch: { to: calls, url: webhook },
        }),
    );
    const all = objects(resources);
    const local = (text: string) =>
        text
            .replaceAll("/etc/alertmanager", folder)
            .replaceAll("/run/secrets/alertmanager", join(folder, "secrets"))
            .replace(/=\/alertmanager$/, `=${join(folder, "data")}`);
    const secrets: Record<string, string> = object(all, "Secret", "alertmanager-channels").stringData;
    mkdirSync(join(folder, "secrets"), { recursive: true });
    for (const [name, text] of Object.entries(secrets)) writeFileSync(join(folder, "secrets", name), text);
    const text = local(object(all, "ConfigMap", "alertmanager").data["alertmanager.yaml"])
        .replaceAll(/\burl_file: \S+\/webhook-url/g, `url: ${webhook}/critical`)
        .replaceAll(/\burl_file: \S+\/dead-mans-switch-url/g, `url: ${webhook}/switch`);
    const file = join(folder, "alertmanager.yaml");
    writeFileSync(file, change(text));
    const { args } = object(all, "StatefulSet", "alertmanager").spec.template.spec.containers[0];
    return { file, args: args.map(local) };
}

describe("amtool", () => {
    const { folder, remove } = scratch();
    afterAll(remove);
    const webhook = "http://127.0.0.1";
    let file: string;
    beforeAll(async () => void ({ file } = await rendered(folder, { webhook })));
    const receiver = (...labels: string[]) =>
        runProgram("amtool", ["config", "routes", "test", `--config.file=${file}`, ...labels]).output.trim();

    it("finds nothing wrong in the configuration", () => {
        const { ok, output } = runProgram("amtool", ["check-config", file]);
        expect([ok, output]).toEqual([true, expect.stringContaining("SUCCESS")]);
        expect(output).toContain("5 receivers");
    });

    it.each(SEVERITIES)("leads an alert of severity %s to the receiver of that name", (severity) => {
        expect(receiver(`severity=${severity}`, "alertname=WebDown", "job=web")).toBe(severity);
    });

    it("leads an alert of no or another severity to the receiver of critical ones", () => {
        expect(receiver("alertname=WebDown")).toBe("critical");
        expect(receiver("alertname=WebDown", "severity=urgent")).toBe("critical");
    });

    it("leads the dead man's switch to its own, whatever its severity", () => {
        for (const severity of SEVERITIES) {
            expect(receiver(`alertname=${DEAD_MANS_SWITCH}`, `severity=${severity}`)).toBe("dead-mans-switch");
        }
    });
});

it("is refused by amtool where it names a receiver that is not there", async () => {
    const { folder, remove } = scratch();
    const change = (text: string) => text.replace("receiver: medium", "receiver: nobody");
    const { file } = await rendered(folder, { webhook: "http://127.0.0.1", change });
    expect(runProgram("amtool", ["check-config", file])).toMatchObject({
        ok: false,
        output: expect.stringContaining("undefined receiver"),
    });
    remove();
});

describe("Alertmanager on its configuration", () => {
    const { folder, remove } = scratch();
    const told: { path?: string; alerts: string[] }[] = [];
    let port: number;
    let people: Listener;
    let alertmanager: Daemon;
    const api = (path: string) => `http://127.0.0.1:${port}/api/v2/${path}`;
    const fire = (...alerts: Record<string, string>[]) =>
        fetch(api("alerts"), {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify(alerts.map((labels) => ({ labels }))),
        });
    const stateOf = async (name: string): Promise<string | undefined> => {
        const alerts = (await (await fetch(api("alerts"))).json()) as {
            labels: { alertname: string };
            status: { state: string };
        }[];
        return alerts.find(({ labels }) => labels.alertname === name)?.status.state;
    };

    beforeAll(async () => {
        people = await Listener.start("people", "127.0.0.1", 0, (request, response) => {
            let body = "";
            request.setEncoding("utf8").on("data", (part) => (body += part));
            request.on("end", () => {
                const { alerts } = JSON.parse(body) as { alerts: { labels: { alertname: string } }[] };
                told.push({ path: request.url, alerts: alerts.map(({ labels }) => labels.alertname) });
                response.end();
            });
        });
        port = await freePort();
        // A critical alert waits 10 s for others of its kind; here 1 s.
        const { args } = await rendered(folder, {
            webhook: `http://127.0.0.1:${people.port}`,
            port,
            change: (text) => text.replaceAll("group_wait: 10s", "group_wait: 1s"),
        });
        const ready = () => answers(`http://127.0.0.1:${port}/-/ready`);
        alertmanager = await Daemon.start(PROGRAM, args, { folder, ready });
    });
    afterAll(async () => {
        await alertmanager?.stop();
        await people?.stop();
        remove();
    });

    it("tells the dead man's switch at once, at its own address", async () => {
        await fire({ alertname: DEAD_MANS_SWITCH, severity: "low" });
        await eventually(() => expect(told).toContainEqual({ path: "/switch", alerts: [DEAD_MANS_SWITCH] }));
    });

    it("tells a critical alert over its channel", async () => {
        await fire({ alertname: "DatabaseDown", severity: "critical", job: "mongodb" });
        await eventually(() => expect(told).toContainEqual({ path: "/critical", alerts: ["DatabaseDown"] }));
    });

    it("keeps quiet of what is slow while it is down, and of nothing else", async () => {
        await fire(
            { alertname: "WebDown", severity: "critical", job: "web" },
            { alertname: "Anything", severity: "critical" },
        );
        await fire(
            { alertname: "WebSlow", severity: "medium", job: "web" },
            { alertname: "OtherSlow", severity: "medium", job: "other" },
            { alertname: "DiskFull", severity: "medium" },
            { alertname: "WebErrors", severity: "high", job: "web" },
        );
        await eventually(async () => expect(await stateOf("WebSlow")).toBe("suppressed"));
        await eventually(async () => {
            for (const name of ["OtherSlow", "DiskFull", "WebErrors"]) expect(await stateOf(name)).toBe("active");
        });
    });
});
