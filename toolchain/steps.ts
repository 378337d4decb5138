export interface StepRecord {
    title: string;
    seconds: number;
    ok: boolean;
}

export interface StepOutput {
    write(text: string): unknown;
    isTTY?: boolean;
}

/** Tells a running step's line what it is at, e.g. "812 packages". */
export type Progress = (text: string) => void;

/** On a terminal the line is rewritten; in a log each line costs, so they are rare. */
const terminalPeriod = 1_000;
const logPeriod = 30_000;

/** Prints what is being done, progress while it takes long, and how long it took; keeps the times for a summary. */
export class Steps {
    readonly records: StepRecord[] = [];

    constructor(private readonly output: StepOutput = process.stderr) {}

    /** A line on its own, between steps. */
    say(text: string): void {
        this.output.write(`${text}\n`);
    }

    /** Runs `work` under a title. Rethrows what it throws. `streams`: the work prints its own output, so no progress line. */
    async step<T>(title: string, work: (progress: Progress) => Promise<T>, options: { streams?: boolean } = {}) {
        const start = Date.now();
        let at = "";
        const elapsed = () => (Date.now() - start) / 1000;
        const live = this.output.isTTY === true && !options.streams;
        const line = () => `  ${title} … ${at}${at ? ", " : ""}${formatSeconds(elapsed())}`;
        this.output.write(live ? `  ${title} …` : `  ${title} …\n`);
        const ticker = options.streams
            ? undefined
            : setInterval(
                  () => this.output.write(live ? `\r\u001b[K${line()}` : `${line()}\n`),
                  live ? terminalPeriod : logPeriod,
              );
        ticker?.unref();
        const finish = (ok: boolean) => {
            clearInterval(ticker);
            const seconds = elapsed();
            this.records.push({ title, seconds, ok });
            this.output.write(`${live ? "\r\u001b[K" : ""}${ok ? "✓" : "✗"} ${title}  ${formatSeconds(seconds)}\n`);
        };
        try {
            const result = await work((text) => (at = text));
            finish(true);
            return result;
        } catch (error) {
            finish(false);
            throw error;
        }
    }

    /** The table of steps and times, longest titles aligned; empty when nothing ran. */
    summary(): string {
        const width = Math.max(0, ...this.records.map(({ title }) => title.length));
        return this.records
            .map(
                ({ title, seconds, ok }) =>
                    `  ${title.padEnd(width)}  ${formatSeconds(seconds)}${ok ? "" : "  failed"}`,
            )
            .join("\n");
    }
}

/** "4.2 s" below a minute, "3 min 07 s" above. */
export function formatSeconds(seconds: number): string {
    if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
    const whole = Math.round(seconds);
    return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}
