import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Site } from "../../components/proxy/routes";
import { readDocument, readInventory, resolve, type Matrix } from "../../matrix";
import { parseNetworkSettings, type NetworkSettings } from "../../network";

const FOLDER = join(__dirname, "../../platforms/e-chauffeur");

/** e-chauffeur's matrix with its text changed first. */
export function platformMatrix(change: (text: string) => string = (text) => text): Matrix {
    // Cells are aligned in the documents; here a change finds rows as `|Proxy|API|80|`.
    const read = (file: string) => readFileSync(join(FOLDER, file), "utf8").replace(/ *\| */g, "|");
    return resolve(
        [
            readDocument(change(read("matrix.md")), "matrix.md"),
            readDocument(change(read("annex.md")), "annex.md", { document: "annex" }),
        ],
        readInventory(readFileSync(join(FOLDER, "inventory.yaml"), "utf8"), "inventory.yaml"),
    );
}

/** The text of a document less the rows that hold a text. */
export function without(row: string): (text: string) => string {
    return (text) =>
        text
            .split("\n")
            .filter((line) => !(line.startsWith("|") && line.includes(row)))
            .join("\n");
}

export const SITES: readonly Site[] = [
    { host: "api.example.org", role: "API", websocket: true },
    { host: "dashboard.example.org", role: "App Dashboard" },
    { host: "example.org", role: "App User" },
    { host: "driver.example.org", role: "App Driver" },
    { host: "supervision.example.org", role: "Grafana", people: "administrators" },
    { host: "old.example.org", role: "Redirect" },
];

export function network(more: Record<string, unknown> = {}): NetworkSettings {
    return parseNetworkSettings({
        people: { clients: ["0.0.0.0/0", "::/0"], administrators: ["203.0.113.0/24"] },
        controlPlane: { cidrs: ["192.0.2.10/32"] },
        ...more,
    });
}
