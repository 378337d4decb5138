import {
    PortSyntaxError,
    type PortItem,
    parsePortCell,
    printPortCell,
    rangesCover,
    rangesOverlap,
    sortRanges,
} from "../../matrix";
import { thrownBy } from "./documents";

const item = (from: number, to = from, ...transports: PortItem["transports"]): PortItem => ({ from, to, transports });

describe("a port cell", () => {
    test.each<[string, PortItem[]]>([
        ["80", [item(80)]],
        ["80, 443", [item(80), item(443)]],
        ["80/443", [item(80), item(443)]],
        ["80;443", [item(80), item(443)]],
        ["80 et 443", [item(80), item(443)]],
        ["80 and 443", [item(80), item(443)]],
        ["80\n443", [item(80), item(443)]],
        ["443/80", [item(443), item(80)]],
        ["49152-65535", [item(49152, 65535)]],
        ["49152 – 65535", [item(49152, 65535)]],
        ["6000:6010", [item(6000, 6010)]],
        ["6000 à 6010", [item(6000, 6010)]],
        ["6000..6010", [item(6000, 6010)]],
        ["UDP 67-68", [item(67, 68, "UDP")]],
        ["udp/53", [item(53, 53, "UDP")]],
        ["TCP: 80, 443", [item(80, 80, "TCP"), item(443, 443, "TCP")]],
        ["TCP 80, UDP 53", [item(80, 80, "TCP"), item(53, 53, "UDP")]],
        ["53/TCP-UDP", [item(53, 53, "TCP", "UDP")]],
        ["53/TCP/UDP", [item(53, 53, "TCP", "UDP")]],
        ["53 (TCP/UDP)", [item(53, 53, "TCP", "UDP")]],
        ["TCP/UDP 53", [item(53, 53, "TCP", "UDP")]],
        ["80/tcp, 53/udp", [item(80, 80, "TCP"), item(53, 53, "UDP")]],
        ["80, 443/TCP", [item(80, 80, "TCP"), item(443, 443, "TCP")]],
        ["3868/SCTP", [item(3868, 3868, "SCTP")]],
        ["Port 443", [item(443)]],
        ["any", [item(1, 65535)]],
        ["Tous les ports", [item(1, 65535)]],
    ])("%j is read", (text, items) => {
        expect(parsePortCell(text)).toEqual({ items, notes: [], marks: [] });
    });

    test("keeps its footnote marks and what stands in parentheses", () => {
        expect(parsePortCell("80/443*")).toEqual({ items: [item(80), item(443)], notes: [], marks: ["*"] });
        expect(parsePortCell("587 (ou autre port SMTP)")).toEqual({
            items: [item(587)],
            notes: ["ou autre port SMTP"],
            marks: [],
        });
        expect(parsePortCell("587* (ou autre)").marks).toEqual(["*"]);
    });

    test.each(["Ports métriques", "ports de supervision", "Metrics ports"])("%j is a named set of ports", (text) => {
        expect(parsePortCell(text)).toEqual({ items: [], portSet: text, notes: [], marks: [] });
    });

    test.each<[string, string, number]>([
        ["six", '"six" is not a port', 0],
        ["80, sept", '"sept" is not a port', 4],
        ["80 443", '"443" is not a port', 3],
        ["80*443*", '"443" is not a port', 3],
        ["80tcp", '"80tcp" is not a port', 0],
        ["0", '"0" is not a port', 0],
        ["70000", '"70000" is not a port', 0],
        ["080", '"080" starts with a zero', 0],
        ["443-80", "the range 443-80 ends before it starts", 0],
        ["80-", 'a port is missing after "-"', 2],
        ["80,", 'a port is missing after ","', 2],
        ["TCP", 'a port is missing after "TCP"', 0],
        ["*", '"*" is not a port', 0],
        ["N/A", '"N" is not a port', 0],
        ["-", '"-" is not a port', 0],
        ["", "the port is missing", 0],
        ["TCP 53/UDP", "two transports are said for 53", 4],
        ["53/udp, 443", "the transport of 443 is not said while others' are", 8],
        ["ICMP", '"ICMP" is not a port', 0],
        ["(80)", '"(80)" is not a port', 0],
        ["80 (", '"(" is not a port', 3],
        ["-80", '"-" is not a port', 0],
        ["80.5", '".5" is not a port', 2],
        ["1e3", '"1e3" is not a port', 0],
        ["８０", '"８０" is not a port', 0],
    ])("%j is refused where it is wrong", (text, message, offset) => {
        const error = thrownBy(PortSyntaxError, () => parsePortCell(text));
        expect({ message: error.message, offset: error.offset }).toEqual({ message, offset });
    });

    test("names the number of a well-known service", () => {
        expect(thrownBy(PortSyntaxError, () => parsePortCell("https")).expected).toBe("the number: 443");
    });

    test("prints as it reads", () => {
        expect(printPortCell(parsePortCell("53/TCP-UDP,  80-81/tcp"))).toBe("53/TCP-UDP, 80-81/TCP");
    });
});

describe("ranges", () => {
    test("are sorted, each port once, neighbours apart", () => {
        expect(
            sortRanges([
                { from: 443, to: 443 },
                { from: 80, to: 82 },
                { from: 81, to: 90 },
                { from: 91, to: 91 },
            ]),
        ).toEqual([
            { from: 80, to: 90 },
            { from: 91, to: 91 },
            { from: 443, to: 443 },
        ]);
    });

    test("overlap when they have a port in common", () => {
        expect(rangesOverlap([{ from: 80, to: 90 }], [{ from: 90, to: 95 }])).toBe(true);
        expect(rangesOverlap([{ from: 80, to: 90 }], [{ from: 91, to: 95 }])).toBe(false);
    });

    test("cover others across neighbours", () => {
        expect(
            rangesCover(
                [
                    { from: 80, to: 80 },
                    { from: 81, to: 85 },
                ],
                [{ from: 80, to: 84 }],
            ),
        ).toBe(true);
        expect(
            rangesCover(
                [
                    { from: 80, to: 80 },
                    { from: 82, to: 85 },
                ],
                [{ from: 80, to: 84 }],
            ),
        ).toBe(false);
    });
});
