import { existsSync, readFileSync } from "node:fs";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** An object of the chart as helm renders it. */
export interface ChartObject {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string> };
    readonly [field: string]: unknown;
}

export interface ChartDeployment extends ChartObject {
    readonly spec: { readonly template: { readonly spec: { readonly containers: readonly [ChartContainer] } } };
}

/** Plain values all through: nothing in a rendered chart is an output. */
export type ChartContainer = pulumi.Unwrap<k8s.types.input.core.v1.Container> & { readonly image: string };

/** Reads the chart that the toolchain rendered. Throws ResourceError, for a resource, when the file is not there. */
export function readChart(file: string, resource: pulumi.Resource): ChartObject[] {
    if (!existsSync(file)) {
        throw new pulumi.ResourceError(
            `${file} is missing: it holds cert-manager's manifests.\n  Run: make up`,
            resource,
        );
    }
    return JSON.parse(readFileSync(file, "utf8")) as ChartObject[];
}

/** The one object of a kind and name. Throws an Error when the chart has none, or several. */
export function chartObject<T extends ChartObject>(chart: readonly ChartObject[], kind: string, name: string): T {
    const found = chart.filter((object) => object.kind === kind && object.metadata.name === name);
    if (found.length !== 1) throw new Error(`${found.length} objects of cert-manager's chart are ${kind} ${name}`);
    return found[0] as T;
}
