/** A double of an SSH server, of the library that the stand-in connects with: where a machine has no OpenSSH. */
import { spawn } from "node:child_process";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { Server, utils, type Connection, type Session } from "ssh2";

interface Keys {
    readonly privateKey: string;
    readonly publicKey: string;
}

function makeKeys(): Keys {
    const { private: privateKey, public: publicKey } = utils.generateKeyPairSync("ed25519", { comment: "test" });
    return { privateKey, publicKey };
}

export class SshDouble {
    readonly user = userInfo().username;
    private readonly host = makeKeys();
    private readonly client = makeKeys();
    private readonly other = makeKeys();
    private readonly servers: Server[] = [];

    /** Listens at each `address:port`. */
    static async start({ listen }: { readonly listen: readonly string[] }): Promise<SshDouble> {
        const double = new SshDouble();
        for (const place of listen) {
            const [address, port] = place.split(":");
            const server = new Server({ hostKeys: [double.host.privateKey] }, (client, { ip, port: from }) =>
                double.serve(client, `${ip} ${from} ${address} ${port}`),
            );
            await new Promise<void>((done) => server.listen(Number(port), address, done));
            double.servers.push(server);
        }
        return double;
    }

    get hostKey(): string {
        return this.host.publicKey;
    }

    get privateKey(): string {
        return this.client.privateKey;
    }

    otherKey(): Keys {
        return this.other;
    }

    stop(): void {
        for (const server of this.servers) server.close();
    }

    private serve(client: Connection, connection: string): void {
        const known = utils.parseKey(this.client.publicKey);
        if (known instanceof Error) throw known;
        client
            .on("authentication", (attempt) => {
                const right = attempt.method === "publickey" && attempt.key.data.equals(known.getPublicSSH());
                const signed = right && (!attempt.signature || known.verify(attempt.blob!, attempt.signature) === true);
                if (signed) attempt.accept();
                else attempt.reject(["publickey"]);
            })
            .on("session", (accept) => run(accept(), connection))
            .on("tcpip", (accept, _reject, { destIP, destPort }) => {
                const channel = accept();
                channel.pipe(connect(destPort, destIP)).pipe(channel);
            })
            .on("error", () => {});
    }
}

/** Runs commands as OpenSSH does: by the shell, with the variables that it was told. */
function run(session: Session, connection: string): void {
    const environment: Record<string, string> = { SSH_CONNECTION: connection };
    session.on("env", (accept, _reject, { key, val }) => {
        environment[key] = val;
        accept?.();
    });
    session.on("exec", (accept, _reject, { command }) => {
        const channel = accept();
        const child = spawn("/bin/sh", ["-c", command], { env: { ...process.env, ...environment } });
        channel.pipe(child.stdin);
        child.stdin.on("error", () => {});
        child.stdout.pipe(channel, { end: false });
        child.stderr.pipe(channel.stderr, { end: false });
        child.on("close", (code) => {
            channel.exit(code ?? 1);
            channel.end();
        });
    });
}
