import type { Output } from "@pulumi/pulumi";
import { UNKNOWN } from "../rules";

/** How the engine marks secrets on the wire; resource transforms receive them so. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

type Box = { value: unknown };

/**
 * A policy's view of a resource as plain JSON, UNKNOWN standing for each value that reading throws on. Once a rule
 * reads an unknown value itself, @pulumi/policy makes the mandatory policy an advisory one: so nothing else reads it.
 */
export function plainProps(props: Record<string, unknown>): Record<string, unknown> {
    return plain(props) as Record<string, unknown>;
}

function plain(value: unknown): unknown {
    if (typeof value !== "object" || value === null) {
        return value;
    }
    const read = (key: string | number): unknown => {
        let child: unknown;
        try {
            child = (value as Record<string | number, unknown>)[key];
        } catch {
            return UNKNOWN;
        }
        return plain(child);
    };
    if (Array.isArray(value)) {
        return Array.from({ length: value.length }, (_, index) => read(index));
    }
    return Object.fromEntries(Object.keys(value).map((key) => [key, read(key)]));
}

/**
 * A transform's view of a resource as plain JSON: outputs and promises waited for, secrets unwrapped (in memory alone: findings
 * name ports, labels and addresses, never data), UNKNOWN where the update decides.
 */
export async function settledProps(props: Record<string, unknown>): Promise<Record<string, unknown>> {
    const waits: Promise<void>[] = [];
    const box: Box = { value: undefined };
    settle(props, (value) => (box.value = value), waits);
    while (waits.length > 0) {
        await waits.pop();
    }
    return box.value as Record<string, unknown>;
}

function settle(value: unknown, set: (value: unknown) => void, waits: Promise<void>[]): void {
    if (typeof value !== "object" || value === null) {
        set(value);
    } else if (isUnknown(value)) {
        set(UNKNOWN);
    } else if (isOutput(value)) {
        waits.push(settleOutput(value, set, waits));
    } else if (value instanceof Promise) {
        waits.push(value.then((settled: unknown) => settle(settled, set, waits)));
    } else if (Array.isArray(value)) {
        const list: unknown[] = new Array(value.length);
        value.forEach((item, index) => settle(item, (plain) => (list[index] = plain), waits));
        set(list);
    } else if ((value as Record<string, unknown>)[SIGNATURE] === SECRET) {
        settle((value as { value?: unknown }).value, set, waits);
    } else {
        const object: Record<string, unknown> = {};
        for (const [key, item] of Object.entries(value)) {
            settle(item, (plain) => (object[key] = plain), waits);
        }
        set(object);
    }
}

interface Settleable {
    isKnown: Promise<boolean>;
    promise(withUnknowns: boolean): Promise<unknown>;
}

async function settleOutput(output: Settleable, set: (value: unknown) => void, waits: Promise<void>[]): Promise<void> {
    // An output is known only as a whole: one that holds an unknown value further down still has the rest.
    const value = await output.promise(true);
    if ((value === undefined || isUnknown(value)) && !(await output.isKnown)) {
        set(UNKNOWN);
    } else {
        settle(value, set, waits);
    }
}

/** By their marks, as @pulumi/pulumi does: several copies of it may be loaded. */
function isOutput(value: object): value is Output<unknown> & Settleable {
    return (value as { __pulumiOutput?: unknown }).__pulumiOutput === true;
}

function isUnknown(value: unknown): boolean {
    return (value as { __pulumiUnknown?: unknown } | undefined)?.__pulumiUnknown === true;
}
