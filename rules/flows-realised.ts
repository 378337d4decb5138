import { formatPort, unrealised } from "../network";
import { placeText, sentence } from "./listeners";
import { Report, type StackRule } from "./rule";

/**
 * Every row has a listener: a flow that is open while nothing listens is an opening waiting for somebody else. Advisory,
 * since a row may be written before what it needs; mandatory where the stack sets requireRealised.
 */
export const flowsRealised: StackRule = {
    name: "flows-realised",
    description: "Every flow of the matrix has something that listens for it.",
    check(objects, context) {
        const level = context.network.requireRealised ? "mandatory" : "advisory";
        const seen = new Set<string>();
        return unrealised(context.matrix, objects).flatMap(({ flow, ports }) => {
            const key = `${flow.row} ${flow.to.name}`; // A group's members share the row.
            if (seen.has(key)) {
                return [];
            }
            seen.add(key);
            const port = sentence(ports.map((range) => formatPort({ ...range, transport: flow.transport })));
            const report = new Report(flowsRealised.name, `Row ${flow.source} → ${flow.destination}`);
            report.refuse(
                `${port} (${placeText(flow.place)}) is not realised: no container or Service of ${flow.to.name} listens there.`,
                [`Have ${flow.to.name} listen on ${port}, or remove the row.`],
                { role: flow.to.name, port, level },
            );
            return report.findings;
        });
    },
};
