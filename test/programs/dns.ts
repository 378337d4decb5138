import { createSocket, type Socket } from "node:dgram";
import { createServer, type AddressInfo, type Server, type Socket as Connection } from "node:net";

const A = 1;
const NAME_ERROR = 3;

/**
 * A name server for a test: answers A questions from a table (RFC 1035), over UDP and TCP, and "no such name" for what it
 * lacks.
 */
export class NameServer {
    private constructor(
        private readonly socket: Socket,
        private readonly server: Server,
        readonly names: Map<string, string[]>,
    ) {}

    static async start(names: Record<string, string[]> = {}): Promise<NameServer> {
        const table = new Map(Object.entries(names));
        const socket = createSocket("udp4");
        socket.on("message", (question, from) => socket.send(answer(question, table), from.port, from.address));
        const server = createServer((connection) => answerOver(connection, table));
        // The same number for both: the one that TCP finds free is free for UDP unless another took it just now.
        await new Promise<void>((done, fail) => server.once("error", fail).listen(0, "127.0.0.1", done));
        const { port } = server.address() as AddressInfo;
        await new Promise<void>((done, fail) => socket.once("error", fail).bind(port, "127.0.0.1", done));
        return new NameServer(socket, server, table);
    }

    get address(): string {
        return `127.0.0.1:${(this.socket.address() as AddressInfo).port}`;
    }

    async stop(): Promise<void> {
        await new Promise<void>((done) => this.socket.close(done));
        await new Promise((done) => this.server.close(done));
    }
}

/** Over TCP a message follows its length in two bytes (4.2.2); one question a connection. */
function answerOver(connection: Connection, names: ReadonlyMap<string, string[]>): void {
    let received = Buffer.alloc(0);
    connection.on("error", () => connection.destroy());
    connection.on("data", (part) => {
        received = Buffer.concat([received, part]);
        if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
        const message = answer(received.subarray(2), names);
        const length = Buffer.alloc(2);
        length.writeUInt16BE(message.length);
        connection.end(Buffer.concat([length, message]));
    });
}

function answer(question: Buffer, names: ReadonlyMap<string, string[]>): Buffer {
    const labels: string[] = [];
    let at = 12;
    for (let length = question[at]; length !== 0; length = question[at]) {
        labels.push(question.toString("latin1", at + 1, at + 1 + length));
        at += 1 + length;
    }
    const type = question.readUInt16BE(at + 1);
    const end = at + 5;
    const addresses = names.get(labels.join(".").toLowerCase());
    const records = type === A ? (addresses ?? []) : [];

    const header = Buffer.alloc(12);
    question.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180 | (addresses === undefined ? NAME_ERROR : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    return Buffer.concat([header, question.subarray(12, end), ...records.map(addressRecord)]);
}

function addressRecord(address: string): Buffer {
    const record = Buffer.from([0xc0, 12, 0, A, 0, 1, 0, 0, 0, 1, 0, 4, 0, 0, 0, 0]);
    address.split(".").forEach((byte, index) => record.writeUInt8(Number(byte), 12 + index));
    return record;
}
