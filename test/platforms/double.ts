import * as pulumi from "@pulumi/pulumi";
import type { Stack } from "../../platforms/platform";

/** A stack whose settings are given as they stand in Pulumi.<stack>.yaml; secrets apart. */
export function stackOf(settings: Record<string, unknown>, secrets: Record<string, string> = {}): Stack {
    const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
    return {
        name: "test",
        keys: [...Object.keys(settings), ...Object.keys(secrets)],
        config: {
            name: "matrice",
            get: (key) => (Object.hasOwn(settings, key) ? text(settings[key]) : undefined),
            getSecret: (key) => (Object.hasOwn(secrets, key) ? pulumi.secret(secrets[key]) : undefined),
        },
    };
}

/** The least that a stack of e-chauffeur sets. */
export const least = {
    platform: "e-chauffeur",
    network: {
        people: { clients: ["0.0.0.0/0"], administrators: ["203.0.113.0/24"], nodes: ["10.20.0.0/24"] },
        controlPlane: { cidrs: ["192.0.2.10/32"] },
    },
    sites: {
        api: "api.example.org",
        dashboard: "dashboard.example.org",
        user: "example.org",
        driver: "driver.example.org",
        supervision: "supervision.example.org",
    },
    redirect: { from: "old.example.org", to: "https://example.org" },
    letsEncrypt: { environment: "staging", email: "admin@example.org" },
    backups: { bucket: "backups", embedded: "test/components/fixtures/storage-access.json" },
};

/** The least that a stack of agents sets. */
export const leastAgents = {
    platform: "agents",
    network: {
        people: { administrators: ["203.0.113.0/24"], nodes: ["10.20.0.0/24"] },
        controlPlane: { cidrs: ["192.0.2.10/32"] },
    },
    sites: {
        api: "api.example.org",
        agents: "agents.example.org",
        oauth: "oauth.example.org",
        supervision: "supervision.example.org",
    },
    letsEncrypt: { environment: "staging", email: "admin@example.org" },
    images: {
        backend: "registry.example.org/backend:1.0.0",
        agents: "registry.example.org/agents:1.0.0",
        oauth: "registry.example.org/oauth:1.0.0",
    },
    backups: { bucket: "backups", embedded: "test/components/fixtures/storage-access.json" },
};
