/** The terms in which each kind says whether it is ready. */
import type { Properties } from "../../properties";
import type { Cluster } from "../cluster";

export interface Readiness {
    readonly ready: boolean;
    /** No wait can mend it: the operation fails at once. */
    readonly failed?: boolean;
    /** What is missing, one sentence each. */
    readonly reasons: readonly string[];
}

export interface WaitContext {
    readonly cluster: Cluster;
    /** When the wait began, in milliseconds since 1970: older events are about something else. */
    readonly since: number;
}

/** Looks once at a live object. */
export type Look = (live: Properties, context: WaitContext) => Promise<Readiness> | Readiness;

export interface Awaiter {
    readonly seconds: number;
    readonly look: Look;
    /** More to say at time-out than each look gathers: pods and events. */
    readonly explain?: (live: Properties, context: WaitContext) => Promise<string[]>;
}

export const ready: Readiness = { ready: true, reasons: [] };
export const waiting = (...reasons: string[]): Readiness => ({ ready: false, reasons });
export const failed = (...reasons: string[]): Readiness => ({ ready: false, failed: true, reasons });
