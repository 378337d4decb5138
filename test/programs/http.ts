import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, renameSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import * as tls from "node:tls";

export interface Answer {
    status: number;
    headers: http.IncomingHttpHeaders;
    body: string;
}

export interface Question {
    port: number;
    host: string;
    path?: string;
    method?: string;
    headers?: Record<string, string>;
    body?: string;
    /** Where the connection comes from; any address of 127.0.0.0/8. */
    from?: string;
    /** A PROXY protocol header to begin the connection with. */
    proxyHeader?: string;
}

/** Opens a TCP connection to the local host, beginning with a PROXY protocol header where asked. */
async function open({ port, from, proxyHeader }: Question): Promise<Socket> {
    const socket = connect({ host: "127.0.0.1", port, localAddress: from });
    await new Promise<void>((done, fail) => socket.once("connect", done).once("error", fail));
    if (proxyHeader !== undefined) socket.write(proxyHeader);
    return socket;
}

function answerTo(request: http.ClientRequest, body?: string): Promise<Answer> {
    return new Promise((done, fail) => {
        request.once("error", fail);
        request.once("response", (response) => {
            let text = "";
            response.setEncoding("utf8").on("data", (part) => (text += part));
            response.on("end", () => done({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
        });
        request.end(body);
    });
}

function options(question: Question): http.RequestOptions {
    const { host, path = "/", method = "GET", headers } = question;
    return { host, path, method, headers: { Host: host, ...headers } };
}

export async function ask(question: Question): Promise<Answer> {
    const socket = await open(question);
    return answerTo(http.request({ ...options(question), createConnection: () => socket }), question.body);
}

/** The TLS connection that a question over HTTPS goes through; the server name is the host unless given. */
export async function openTls(question: Question, more: tls.ConnectionOptions = {}): Promise<tls.TLSSocket> {
    const socket = tls.connect({
        socket: await open(question),
        servername: question.host,
        rejectUnauthorized: false,
        ...more,
    });
    await new Promise<void>((done, fail) => socket.once("secureConnect", done).once("error", fail));
    return socket;
}

export async function askTls(question: Question, more: tls.ConnectionOptions = {}): Promise<Answer> {
    const socket = await openTls(question, more);
    return answerTo(https.request({ ...options(question), createConnection: () => socket }), question.body);
}

/** A program that answers on 127.x.y.z; by default it says who it is and what it was asked, as JSON. */
export class Listener {
    private constructor(private readonly server: http.Server) {}

    static async start(name: string, address: string, port: number, handler?: http.RequestListener): Promise<Listener> {
        const server = http.createServer(handler ?? ((request, response) => echo(name, request, response)));
        server.on("upgrade", (request, socket) => {
            socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
            socket.pipe(socket);
            socket.on("error", () => socket.destroy());
            request.on("error", () => socket.destroy());
        });
        await new Promise<void>((done, fail) => server.once("error", fail).listen(port, address, done));
        return new Listener(server);
    }

    get port(): number {
        return (this.server.address() as AddressInfo).port;
    }

    async stop(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise((done) => this.server.close(done));
    }
}

function echo(name: string, request: http.IncomingMessage, response: http.ServerResponse): void {
    let body = "";
    request.setEncoding("utf8").on("data", (part) => (body += part));
    request.on("end", () => {
        response.setHeader("Content-Type", "application/json");
        const { method, url, headers, rawHeaders } = request;
        response.end(JSON.stringify({ name, method, url, headers, rawHeaders, body }));
    });
}

/** Puts a new self-signed certificate of the hosts in a folder, as a Secret of cert-manager's would (tls.crt, tls.key). */
export function issueCertificate(folder: string, hosts: string[], organisation = "first"): void {
    const coming = `${folder}.coming`;
    mkdirSync(coming, { recursive: true });
    mkdirSync(folder, { recursive: true });
    execFileSync(
        "openssl",
        [
            ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
            ...["-subj", `/O=${organisation}/CN=test`],
            ...["-addext", `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(",")}`],
            ...["-keyout", join(coming, "tls.key"), "-out", join(coming, "tls.crt")],
        ],
        { stdio: "pipe" },
    );
    for (const file of ["tls.key", "tls.crt"]) {
        chmodSync(join(coming, file), 0o644);
        renameSync(join(coming, file), join(folder, file));
    }
}
