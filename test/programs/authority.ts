import { readFileSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { join, resolve } from "node:path";
import { axios, Client, crypto } from "acme-client";
import { Daemon } from "./daemon";
import { issueCertificate } from "./http";
import { freePort, listening } from "./nginx";

const tools = resolve(__dirname, "../../.tools/bin");
const NAME = "authority.example.org";

/** Started as who runs the tests: nobody can't read the home folder that the tools may be in. */
const user = process.getuid && { uid: process.getuid(), gid: process.getgid!() };

export interface AuthorityOptions {
    readonly folder: string;
    /** Where it asks for answers to challenges, 80 and 443 in the world. */
    readonly ports: { readonly http: number; readonly https: number };
    /** The name server that it asks, `address:port`. */
    readonly resolver: string;
}

/** An authority that issues certificates to who answers its challenges (RFC 8555): pebble, with a client of it. */
export class Authority {
    private constructor(
        private readonly daemon: Daemon,
        readonly client: Client,
    ) {}

    static async start({ folder, ports, resolver }: AuthorityOptions): Promise<Authority> {
        const certificates = join(folder, NAME);
        issueCertificate(certificates, [NAME]);
        const [port, management] = [await freePort(), await freePort()];
        const file = join(folder, "pebble.json");
        const pebble = {
            listenAddress: `127.0.0.1:${port}`,
            managementListenAddress: `127.0.0.1:${management}`,
            certificate: join(certificates, "tls.crt"),
            privateKey: join(certificates, "tls.key"),
            httpPort: ports.http,
            tlsPort: ports.https,
            ocspResponderURL: "",
        };
        writeFileSync(file, JSON.stringify({ pebble }));
        const daemon = await Daemon.start(join(tools, "pebble"), ["-config", file, "-dnsserver", resolver], {
            folder,
            user,
            // Otherwise it waits, and refuses nonces, at random, for clients to be hardened.
            environment: { PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "0", PEBBLE_AUTHZREUSE: "0" },
            ready: () =>
                listening(port).then(
                    () => true,
                    () => false,
                ),
        });
        axios.defaults.httpsAgent = new Agent({ ca: readFileSync(pebble.certificate), servername: NAME });
        const client = new Client({
            directoryUrl: `https://127.0.0.1:${port}/dir`,
            accountKey: await crypto.createPrivateEcdsaKey(),
            backoffMin: 100,
            backoffMax: 500,
            backoffAttempts: 60,
        });
        await client.createAccount({ termsOfServiceAgreed: true });
        return new Authority(daemon, client);
    }

    stop(): Promise<void> {
        return this.daemon.stop();
    }
}

/** Starts what cert-manager starts in a pod to answer one challenge. */
export function startSolver(
    folder: string,
    port: number,
    { host, token, key }: { host: string; token: string; key: string },
): Promise<Daemon> {
    const args = [`--listen-port=${port}`, `--domain=${host}`, `--token=${token}`, `--key=${key}`];
    return Daemon.start(join(tools, "acmesolver"), args, {
        folder,
        user,
        ready: () =>
            fetch(`http://127.0.0.1:${port}/healthz`).then(
                ({ ok }) => ok,
                () => false,
            ),
    });
}
