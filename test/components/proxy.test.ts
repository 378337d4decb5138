import * as pulumi from "@pulumi/pulumi";
import { proxyConfiguration } from "../../components/proxy/configuration";
import { STATUS_SOCKET } from "../../components/nginx/status";
import { Proxy, type ProxyArgs } from "../../components/proxy/proxy";
import { routes } from "../../components/proxy/routes";
import { network, platformMatrix, SITES, without } from "./published";
import { object, objects, render } from "./render";

const certificates = Object.fromEntries(SITES.map(({ host }) => [host, `${host}-tls`]));

async function rendered(args: Partial<ProxyArgs> = {}, change?: (text: string) => string) {
    const matrix = platformMatrix(change);
    const all: ProxyArgs = {
        role: matrix.role("Proxy"),
        matrix,
        network: network(),
        sites: SITES,
        solver: matrix.role("ACME solver"),
        certificates,
        image: "nginx:1",
        exporterImage: "exporter:1",
        ...args,
    };
    const { resources, result } = await render(() => new Proxy("proxy", all));
    const manifests = objects(resources);
    const deployment = object(manifests, "Deployment", "proxy");
    return {
        args: all,
        proxy: result,
        manifests,
        deployment,
        pod: deployment.spec.template.spec,
        container: deployment.spec.template.spec.containers[0],
        service: object(manifests, "Service", "proxy"),
        files: manifests.find(({ kind }) => kind === "ConfigMap")?.data as Record<string, string>,
    };
}

describe("Proxy", () => {
    it("runs the configuration that its rows make", async () => {
        const { args, files, container } = await rendered();
        const certificateFolder = (host: string) => `/etc/certificates/${host}-tls`;
        const derived = routes({ ...args, certificateFolder, statusSocket: STATUS_SOCKET });
        expect(files["nginx.conf"]).toBe(proxyConfiguration(derived.configuration));
        expect(container.command).toEqual(["sh", "/etc/proxy/start.sh"]);
        expect(Object.keys(files).sort()).toEqual(["nginx.conf", "start.sh", "stop.sh"]);
    });

    it("runs ModSecurity with the configuration that its settings make, and with room for the rules", async () => {
        const { files, container } = await rendered({ waf: { paranoiaLevel: 2 } });
        expect(container.command).toEqual(["sh", "/etc/proxy/start-waf.sh"]);
        const line = /modsecurity_rules_file (?:\/etc\/proxy)\/(.*);/.exec(files["nginx.conf"]);
        const includes = [...files[line?.[1] ?? ""].matchAll(/^Include \/etc\/proxy\/(.*)$/gm)];
        for (const [, file] of includes) expect(Object.keys(files)).toContain(file);
        expect(includes).toHaveLength(3);
        const audit = container.env.find(({ name }: { name: string }) => name === "NGINX_AUDIT_LOG").value;
        expect(files["modsecurity.conf"]).toContain(`SecAuditLog ${audit}\n`);
        expect(container.resources.limits.memory).toBe("512Mi");
    });

    it("limits requests where settings say so", async () => {
        const { files } = await rendered({ rateLimits: { address: { perMinute: 600, burst: 50 } } });
        expect(files["nginx.conf"]).toContain("limit_req zone=address burst=50 nodelay;");
    });

    it("listens and is served on the ports of its rows, whatever they are", async () => {
        const { container, service } = await rendered({}, (text) => text.replace(/80\/443\*/g, "8080/8443*"));
        expect(container.ports).toEqual([
            { name: "http", containerPort: 8080, protocol: "TCP" },
            { name: "https", containerPort: 8443, protocol: "TCP" },
        ]);
        expect(service.spec.ports).toEqual([
            { name: "http", port: 8080, targetPort: 8080, protocol: "TCP" },
            { name: "https", port: 8443, targetPort: 8443, protocol: "TCP" },
        ]);
        for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
            expect(container[probe].tcpSocket).toEqual({ port: 8080 });
        }
    });

    it("shows its counters to an exporter on the port of the row that reads its metrics, and to nobody else", async () => {
        const { manifests, pod, container, service, files } = await rendered();
        expect(pod.containers[1].ports).toEqual([{ name: "metrics", containerPort: 9091, protocol: "TCP" }]);
        expect(object(manifests, "Service", "proxy-metrics").spec.ports[0]).toMatchObject({ port: 9091 });
        // The load balancer does not have the port.
        expect(service.spec.ports.map(({ name }: { name: string }) => name)).toEqual(["http", "https"]);
        expect(files["nginx.conf"]).toContain(`listen unix:${STATUS_SOCKET};`);
        expect(container.env).toContainEqual({ name: "NGINX_STATUS_SOCKET", value: STATUS_SOCKET });
    });

    it("shows them to nobody without that row", async () => {
        const { manifests, pod, files } = await rendered({}, without("|Prometheus|Proxy|"));
        expect(pod.containers).toHaveLength(1);
        expect(files["nginx.conf"]).not.toContain("stub_status");
        expect(manifests.map(({ metadata }) => metadata.name)).not.toContain("proxy-metrics");
    });

    it("starts before its certificates exist, each Secret mounted where the configuration looks for it", async () => {
        const { pod, container, files } = await rendered();
        const secrets = pod.volumes.filter((volume: { secret?: object }) => volume.secret);
        expect(secrets).toHaveLength(SITES.length);
        for (const { name, secret } of secrets) {
            expect(secret).toMatchObject({ optional: true, defaultMode: 0o440 });
            const mount = container.volumeMounts.find((one: { name: string }) => one.name === name);
            expect(mount.readOnly).toBe(true);
            expect(files["nginx.conf"]).toContain(` ${mount.mountPath};`);
        }
    });

    it("mounts a Secret that serves several hosts once", async () => {
        const shared = Object.fromEntries(SITES.map(({ host }) => [host, "all-tls"]));
        const { pod } = await rendered({ certificates: shared });
        expect(pod.volumes.filter((volume: { secret?: object }) => volume.secret)).toHaveLength(1);
    });

    it("keeps the client's address and lets in everyone whom a row without addresses lets in", async () => {
        const { service } = await rendered();
        expect(service.spec).toMatchObject({ type: "LoadBalancer", externalTrafficPolicy: "Local" });
        expect(service.spec.loadBalancerSourceRanges).toBeUndefined();
        expect(service.metadata.annotations).toBeUndefined();
    });

    it("lets in the people's addresses alone where every row has some", async () => {
        const people = { clients: ["198.51.100.0/24"], administrators: ["203.0.113.0/24"] };
        const byDns = { network: network({ people }), solver: undefined };
        const { service } = await rendered(byDns, without("Let's Encrypt"));
        expect(service.spec.loadBalancerSourceRanges).toEqual(["198.51.100.0/24", "203.0.113.0/24"]);
    });

    it("asks the load balancer for PROXY protocol where the edge speaks it", async () => {
        const edge = network({ edge: "proxyProtocol", loadBalancerCidrs: ["10.9.0.0/24"] });
        const { service, files } = await rendered({ network: edge });
        expect(service.metadata.annotations).toEqual({ "loadbalancer.openstack.org/proxy-protocol": "true" });
        expect(files["nginx.conf"]).toContain("set_real_ip_from 10.9.0.0/24;");
    });

    it("has clients keep to one pod only where a site has websockets", async () => {
        expect((await rendered()).service.spec.sessionAffinity).toBe("ClientIP");
        const sites = SITES.map((site) => ({ ...site, websocket: false }));
        expect((await rendered({ sites })).service.spec.sessionAffinity).toBeUndefined();
    });

    it("has time to stop: the drain, then the longest wait for connections, within the pod's grace", async () => {
        const { pod, container, files } = await rendered();
        const drain = Number(container.env.find(({ name }: { name: string }) => name === "DRAIN_SECONDS").value);
        const wait = Number(/worker_shutdown_timeout (\d+)s/.exec(files["nginx.conf"])?.[1]);
        expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(drain + wait);
        expect(container.lifecycle.preStop.exec.command).toEqual(["sh", "/etc/proxy/stop.sh"]);
    });

    it("drains one pod at a time", async () => {
        const { manifests, deployment } = await rendered();
        expect(deployment.spec.replicas).toBe(2);
        expect(object(manifests, "PodDisruptionBudget", "proxy").spec.maxUnavailable).toBe(1);
    });

    it("tells where it is reached", async () => {
        const { proxy } = await rendered();
        expect(await new Promise((done) => proxy.addresses.apply(done))).toEqual(["192.0.2.80"]);
    });

    it.each([
        ["one replica", { replicas: 1 }, /replicas is 1: the only entrance needs 2 or more/],
        ["a site without a certificate", { certificates: {} }, /Site api\.example\.org has no certificate/],
    ])("refuses %s", async (_case, args, message) => {
        await expect(rendered(args)).rejects.toThrow(message);
    });

    it("refuses to be without a row that opens its HTTP port", async () => {
        const secured = (text: string) => text.replace(/80\/443\*/g, "443").replace(/HTTP\/HTTPS\*?/g, "HTTPS");
        const closed = (text: string) => without("|Let's Encrypt|Proxy|80|")(secured(text));
        await expect(rendered({}, closed)).rejects.toThrow(/No row gives the port "http" of Proxy/);
    });

    it("refuses to serve HTTP and HTTPS on one port, as a row could be read that leaves the protocol open", async () => {
        const secured = (text: string) => text.replace(/80\/443\*/g, "443");
        const closed = (text: string) => without("|Let's Encrypt|Proxy|80|")(secured(text));
        await expect(rendered({}, closed)).rejects.toThrow(/both to be served on 443/);
    });

    it("warns of a site without a row, and brings the rest up", async () => {
        const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
        const { files } = await rendered({}, without("|Proxy|App User|"));
        expect(warn.mock.calls.map(([message]) => message)).toEqual([
            expect.stringContaining("example.org is not published. No row opens Proxy → App User"),
        ]);
        expect(files["nginx.conf"]).not.toContain("app-user");
        warn.mockRestore();
    });
});
