import { parse } from "yaml";
import type { Matrix } from "../matrix";
import { INTERNET_SOURCES, parseNetworkSettings, SettingsError, type NetworkSettings } from "../network";
import { readText } from "./documents";
import { UsageError } from "./terminal";

/**
 * Settings from a file: the value of `matrice:network` itself, or a Pulumi.<stack>.yaml that holds it.
 * Throws UsageError, SettingsError.
 */
export function readSettings(file: string): NetworkSettings {
    let value: unknown;
    try {
        value = parse(readText(file));
    } catch (error) {
        throw error instanceof UsageError ? error : new UsageError(`${file}: ${(error as Error).message}`);
    }
    const config = (value as { config?: Record<string, unknown> } | null)?.config;
    try {
        return parseNetworkSettings(config === undefined ? value : config["matrice:network"]);
    } catch (error) {
        throw error instanceof SettingsError ? new UsageError(`${file}: ${error.message}`) : error;
    }
}

/** Settings for a matrix without any, and which roles' addresses they had to assume. */
export function assumedSettings(matrix: Matrix): { settings: NetworkSettings; assumptions: string[] } {
    const anywhere = INTERNET_SOURCES.map(({ cidr }) => cidr);
    const people: Record<string, string[]> = {};
    const any = new Set<string>();
    const internet = new Set<string>();
    // An end matters only where a policy stands at the other.
    const peers = matrix.flows.flatMap(({ from, to }) => [
        ...(to.kind === "workload" ? [from] : []),
        ...(from.kind === "workload" ? [to] : []),
    ]);
    for (const role of peers) {
        const key = role.cidrs ?? (role.kind === "nodes" ? role.slug : undefined);
        if (key !== undefined) {
            people[key] = anywhere;
        }
        if (key !== undefined || ["controlPlane", "loadBalancer"].includes(role.kind)) {
            any.add(role.name);
        } else if (["people", "external"].includes(role.kind)) {
            internet.add(role.name);
        }
    }
    const settings = parseNetworkSettings({ people, loadBalancerCidrs: anywhere, controlPlane: { cidrs: anywhere } });
    const assumptions = [
        ...(any.size > 0 ? [`any address stands for ${[...any].join(", ")}`] : []),
        ...(internet.size > 0 ? [`the internet stands for ${[...internet].join(", ")}`] : []),
    ];
    return { settings, assumptions };
}
