import { printRange, type Flow } from "../matrix";
import { csv } from "./csv";
import { readMatrix } from "./documents";
import { table, type ExitCode, type Terminal } from "./terminal";

/** `matrice flows`: the rows of a document as data. */
export function flows(file: string, options: { format: "table" | "json" | "csv" }, terminal: Terminal): ExitCode {
    const list = readMatrix(file).flows;
    switch (options.format) {
        case "json":
            terminal.out(`${JSON.stringify(list.map(asJson), undefined, 2)}\n`);
            break;
        case "csv":
            terminal.out(csv([csvHeader, ...list.map(asCsv)]));
            break;
        default:
            terminal.out(
                table(
                    ["Source", "Destination", "Port", "Application", "Description", "Place"],
                    list.map((flow) => [
                        flow.source,
                        flow.destination,
                        flow.verdict === "refuse" ? `refused: ${portText(flow)}` : portText(flow),
                        flow.application,
                        flow.description,
                        `${flow.place.file}:${flow.place.line}`,
                    ]),
                ),
            );
    }
    return 0;
}

/** "80,443/TCP"; the name where a named set of ports stands. */
function portText({ ports, portSet, transport }: Flow): string {
    return `${portSet ?? ports.map(printRange).join(",")}/${transport}`;
}

function asJson(flow: Flow) {
    const { id, source, destination, transport, ports, portSet, application, description, verdict, place } = flow;
    return {
        id,
        source,
        destination,
        transport,
        ports: ports.map(({ from, to }) => ({ from, to })),
        ...(portSet === undefined ? {} : { portSet }),
        application,
        description,
        verdict,
        file: place.file,
        line: place.line,
    };
}

const csvHeader = [
    "id",
    "source",
    "destination",
    "transport",
    "ports",
    "application",
    "description",
    "verdict",
    "file",
    "line",
];

function asCsv(flow: Flow): (string | number)[] {
    const { id, source, destination, transport, ports, portSet, application, description, verdict, place } = flow;
    const numbers = portSet ?? ports.map(printRange).join(" ");
    return [id, source, destination, transport, numbers, application, description, verdict, place.file, place.line];
}
