import { redirectConfiguration } from "../../components/redirect/configuration";
import { STATUS_SOCKET } from "../../components/nginx/status";
import { Redirect, type RedirectArgs } from "../../components/redirect/redirect";
import { platformMatrix, without } from "./published";
import { object, objects, render } from "./render";

const place = { from: "old.example.org", to: "https://new.example.org" };

async function rendered(change?: (text: string) => string, args: Partial<RedirectArgs> = {}) {
    const role = platformMatrix(change).role("Redirect");
    const { resources } = await render(
        () => new Redirect("redirect", { role, image: "nginx:1", exporterImage: "exporter:1", ...place, ...args }),
    );
    const all = objects(resources);
    const files = all.find(({ kind }) => kind === "ConfigMap")?.data as Record<string, string>;
    const deployment = object(all, "Deployment", "redirect");
    return { all, files, container: deployment.spec.template.spec.containers[0] };
}

describe("Redirect", () => {
    it("listens, is served and is probed on the port of its row", async () => {
        const { all, files, container } = await rendered((text) =>
            text.replace("|Proxy|Redirect|80|", "|Proxy|Redirect|8081|"),
        );
        expect(files["nginx.conf"]).toBe(redirectConfiguration({ port: 8081, ...place, statusSocket: STATUS_SOCKET }));
        expect(container.ports).toEqual([{ name: "http", containerPort: 8081, protocol: "TCP" }]);
        expect(object(all, "Service", "redirect").spec.ports[0]).toMatchObject({ port: 8081, targetPort: 8081 });
        for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
            expect(container[probe].tcpSocket).toEqual({ port: 8081 });
        }
    });

    it("has neither Service nor listener nor probe without its row", async () => {
        const { all, files, container } = await rendered(without("|Proxy|Redirect|"));
        expect(all.filter(({ kind }) => kind === "Service").map(({ metadata }) => metadata.name)).toEqual([
            "redirect-metrics",
        ]);
        expect(files["nginx.conf"].match(/listen .*/g)).toEqual([`listen unix:${STATUS_SOCKET};`]);
        expect(container.ports).toEqual([]);
        expect(Object.keys(container).filter((key) => key.endsWith("Probe"))).toEqual([]);
    });

    it("shows its counters to an exporter on the port of the row that reads its metrics, over a socket", async () => {
        const { all, container } = await rendered();
        const { containers } = object(all, "Deployment", "redirect").spec.template.spec;
        expect(containers[1]).toMatchObject({
            args: ["--nginx.scrape-uri=unix:/run/nginx-status/nginx.sock:/stub_status", "--web.listen-address=:9091"],
            ports: [{ name: "metrics", containerPort: 9091, protocol: "TCP" }],
        });
        const folder = { name: "status", mountPath: "/run/nginx-status" };
        expect(containers[1].volumeMounts).toEqual([{ ...folder, readOnly: true }]);
        expect(container.volumeMounts).toContainEqual(folder);
        expect(object(all, "Service", "redirect-metrics").spec).toMatchObject({ clusterIP: "None" });
    });

    it("shows nothing without a row that reads its metrics", async () => {
        const { all, files } = await rendered(without("|Prometheus|Redirect|"));
        expect(object(all, "Deployment", "redirect").spec.template.spec.containers).toHaveLength(1);
        expect(files["nginx.conf"]).not.toContain("stub_status");
    });

    it("refuses a number of replicas that is none", async () => {
        await expect(rendered(undefined, { replicas: 0 })).rejects.toThrow(/replicas is 0/);
    });
});
