import { redirectConfiguration } from "../../components/redirect/configuration";
import { Redirect, type RedirectArgs } from "../../components/redirect/redirect";
import { platformMatrix, without } from "./published";
import { object, objects, render } from "./render";

const place = { from: "old.example.org", to: "https://new.example.org" };

async function rendered(change?: (text: string) => string, args: Partial<RedirectArgs> = {}) {
    const role = platformMatrix(change).role("Redirect");
    const { resources } = await render(() => new Redirect("redirect", { role, image: "nginx:1", ...place, ...args }));
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
        expect(files["nginx.conf"]).toBe(redirectConfiguration({ port: 8081, ...place }));
        expect(container.ports).toEqual([{ name: "http", containerPort: 8081, protocol: "TCP" }]);
        expect(object(all, "Service", "redirect").spec.ports[0]).toMatchObject({ port: 8081, targetPort: 8081 });
        for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
            expect(container[probe].tcpSocket).toEqual({ port: 8081 });
        }
    });

    it("has neither Service nor listener nor probe without its row", async () => {
        const { all, files, container } = await rendered(without("|Proxy|Redirect|"));
        expect(all.filter(({ kind }) => kind === "Service")).toEqual([]);
        expect(files["nginx.conf"]).not.toContain("listen");
        expect(container.ports).toEqual([]);
        expect(Object.keys(container).filter((key) => key.endsWith("Probe"))).toEqual([]);
    });

    it("refuses a number of replicas that is none", async () => {
        await expect(rendered(undefined, { replicas: 0 })).rejects.toThrow(/replicas is 0/);
    });
});
