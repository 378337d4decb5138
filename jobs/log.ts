export type Fields = Readonly<Record<string, unknown>>;
type Level = "info" | "warning" | "error";

const secrets = new Set<string>();
/** Shorter values would blank out ordinary words. */
const shortestSecret = 6;
const uriCredentials = /(\/\/[^/\s:@]*:)[^@\s]*@/g;

/** Keeps a value out of everything logged from now on. */
export function conceal(secret: string): void {
    if (secret.length >= shortestSecret) secrets.add(secret);
}

/** The text without the concealed values and without passwords of URIs. */
export function redact(text: string): string {
    let result = text.replace(uriCredentials, "$1***@");
    for (const secret of secrets) result = result.replaceAll(secret, "***");
    return result;
}

/** Writes JSON lines to standard output. */
export class Log {
    constructor(private readonly job: string) {}

    info(message: string, fields: Fields = {}): void {
        this.write("info", message, fields);
    }

    warning(message: string, fields: Fields = {}): void {
        this.write("warning", message, fields);
    }

    error(message: string, fields: Fields = {}): void {
        this.write("error", message, fields);
    }

    private write(level: Level, message: string, fields: Fields): void {
        const line = { time: new Date().toISOString(), level, job: this.job, message, ...fields };
        process.stdout.write(
            `${JSON.stringify(line, (_, value) => (typeof value === "string" ? redact(value) : value))}\n`,
        );
    }
}
