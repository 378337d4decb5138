/**
 * Start-up shared by the plugins: a Pulumi plugin is a gRPC server on the loopback interface that prints its port as the
 * first line of standard output and lives until the engine interrupts it.
 */
import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** The engine sends whole resources in one message; its own limit is 400 MB. */
const messageLimit = 400 * 1024 * 1024;
const channelOptions: grpc.ChannelOptions = {
    "grpc.max_receive_message_length": messageLimit,
    "grpc.max_send_message_length": messageLimit,
};

/** How often a plugin looks whether the engine that started it still lives. */
const orphanCheckMilliseconds = 2000;

/**
 * The address of the engine's own gRPC service: the engine puts it after the options (`--tracing URL`, `-v=N`…).
 * `undefined` when a plugin is started by hand.
 */
export function engineAddress(args: readonly string[] = process.argv.slice(2)): string | undefined {
    const last = args.at(-1);
    return last === undefined || last.startsWith("-") ? undefined : last;
}

/** Turns an asynchronous function into the handler of a unary call; what it throws becomes the call's error. */
export function unary<Request, Response>(
    answer: (request: Request, call: grpc.ServerUnaryCall<Request, Response>) => Promise<Response> | Response,
): grpc.handleUnaryCall<Request, Response> {
    return (call, callback) => {
        Promise.resolve()
            .then(() => answer(call.request, call))
            .then(
                (response) => callback(null, response),
                (error) => callback(status(error)),
            );
    };
}

/** An error as gRPC sends it: a `StatusError` keeps its code and metadata, anything else is UNKNOWN with its message. */
export function status(error: unknown): Partial<grpc.StatusObject> {
    if (error instanceof StatusError) {
        return { code: error.code, details: error.message, metadata: error.metadata };
    }
    return { code: grpc.status.UNKNOWN, details: error instanceof Error ? error.message : String(error) };
}

/** An error with a gRPC code, and where needed trailing metadata (`grpc-status-details-bin`). */
export class StatusError extends Error {
    constructor(
        readonly code: grpc.status,
        message: string,
        readonly metadata?: grpc.Metadata,
    ) {
        super(message);
    }
}

/**
 * Serves until the engine interrupts the process (SIGINT, then SIGKILL five seconds later) or dies.
 * `stop` runs first: what the plugin started must not outlive it.
 */
export async function serve(addServices: (server: grpc.Server) => void, stop: () => void = () => {}): Promise<void> {
    const server = new grpc.Server(channelOptions);
    addServices(server);
    const port = await new Promise<number>((resolve, reject) =>
        server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
            error ? reject(error) : resolve(bound),
        ),
    );
    const exit = () => {
        stop();
        process.exit(0);
    };
    process.on("SIGINT", exit);
    process.on("SIGTERM", exit);
    // An engine that was killed can't interrupt its plugins; the kernel then gives them another parent.
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && exit(), orphanCheckMilliseconds).unref();
    process.stdout.write(`${port}\n`);
}

/** Lines a plugin shows to the user beside a resource. Says nothing when the plugin was started without an engine. */
export class EngineLog {
    private readonly client?: EngineClient;

    constructor(address: string | undefined) {
        this.client = address
            ? new EngineClient(address, grpc.credentials.createInsecure(), channelOptions)
            : undefined;
    }

    /** Shows one line; resolves when the engine has it, so that lines keep their order. A lost line is no error. */
    info(urn: string, message: string): Promise<void> {
        return this.log(LogSeverity.INFO, urn, message);
    }

    warning(urn: string, message: string): Promise<void> {
        return this.log(LogSeverity.WARNING, urn, message);
    }

    /** Shows what is passing, until something else is shown. */
    status(urn: string, message: string): Promise<void> {
        return this.log(LogSeverity.INFO, urn, message, true);
    }

    private log(severity: LogSeverity, urn: string, message: string, ephemeral = false): Promise<void> {
        const { client } = this;
        if (!client) return Promise.resolve();
        const request = new LogRequest();
        request.setSeverity(severity);
        request.setUrn(urn);
        request.setMessage(message);
        request.setEphemeral(ephemeral);
        return new Promise((resolve) => client.log(request, () => resolve()));
    }
}
