import { join, resolve } from "node:path";
import { proxyConfiguration, type ProxyConfiguration } from "../../components/proxy/configuration";
import { routes, type Site } from "../../components/proxy/routes";
import { loadPlatform, type Matrix } from "../../matrix";
import { parseNetworkSettings, type NetworkSettings } from "../../network";
import { defaultFrame } from "../../components/nginx/frame";

export const HOSTS = {
    api: "api.example.org",
    dashboard: "dashboard.example.org",
    user: "app.example.org",
    driver: "driver.example.org",
    redirect: "old.example.org",
    grafana: "grafana.example.org",
};

export const SITES: readonly Site[] = [
    { host: HOSTS.api, role: "API", websocket: true },
    { host: HOSTS.dashboard, role: "App Dashboard" },
    { host: HOSTS.user, role: "App User" },
    { host: HOSTS.driver, role: "App Driver" },
    { host: HOSTS.redirect, role: "Redirect" },
    { host: HOSTS.grafana, role: "Grafana", people: "administrators" },
];

export const matrix: Matrix = loadPlatform(resolve(__dirname, "../../platforms/e-chauffeur"));

export function networkSettings(more: Partial<NetworkSettings> = {}): NetworkSettings {
    return {
        ...parseNetworkSettings({
            people: { clients: ["0.0.0.0/0", "::/0"], administrators: ["127.0.0.9/32"], nodes: ["10.20.0.0/24"] },
            controlPlane: { cidrs: ["192.0.2.1/32"] },
        }),
        ...more,
    };
}

/** The e-chauffeur proxy's own configuration, as data. */
export function platformProxy(folder: string, network = networkSettings()): ProxyConfiguration {
    const { configuration } = routes({
        role: matrix.role("Proxy"),
        matrix,
        sites: SITES,
        solver: matrix.role("ACME solver"),
        network,
        certificateFolder: (host) => join(folder, "certificates", host),
    });
    return configuration;
}

/** The same text as the cluster gets, but for the numbers of ports, and folders that exist here. */
export function onLocalPorts(
    configuration: ProxyConfiguration,
    ports: { http: number; https: number; upstream: number; solver: number },
    folder: string,
): string {
    return proxyConfiguration({
        ...configuration,
        listeners: { http: ports.http, https: ports.https },
        sites: configuration.sites.map((site) => ({ ...site, upstream: { ...site.upstream, port: ports.upstream } })),
        solver: configuration.solver && { ...configuration.solver, port: ports.solver },
        frame: { ...defaultFrame, temporary: folder, shutdownSeconds: 1 },
    });
}
