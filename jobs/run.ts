import { JobError, oneLine, Stopped } from "./failure";
import { type Fields, Log } from "./log";

export interface Context {
    readonly log: Log;
    /** Aborted, with Stopped as its reason, when the job is told to stop. */
    readonly signal: AbortSignal;
    /** The program's arguments after the job's name. */
    readonly args: readonly string[];
}

/** 128 and the signal's number, as shells report it. */
const stoppedCodes: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 };

/**
 * Runs a job to its end and ends the process: exit code 0 and a line "done" with what `work` returns, or another code
 * and one line that says why. Kubernetes stops a pod by SIGTERM and then waits terminationGracePeriodSeconds.
 */
export async function runJob(name: string, work: (context: Context) => Promise<Fields>): Promise<never> {
    const log = new Log(name);
    const controller = new AbortController();
    for (const signalName of Object.keys(stoppedCodes))
        process.on(signalName, () => controller.abort(new Stopped(signalName)));
    const started = performance.now();
    const measured = () => ({
        seconds: Math.round((performance.now() - started) / 100) / 10,
        peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
    });
    try {
        const result = await work({ log, signal: controller.signal, args: process.argv.slice(3) });
        log.info("done", { ...result, ...measured() });
        process.exit(0);
    } catch (error) {
        const cause: unknown = controller.signal.aborted ? controller.signal.reason : error;
        // A stack trace only of what nobody foresaw.
        const stack = cause instanceof JobError ? undefined : (cause as Error).stack;
        log.error(oneLine(cause), { ...measured(), stack });
        process.exit(cause instanceof Stopped ? stoppedCodes[cause.signalName] : 1);
    }
}
