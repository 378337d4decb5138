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
        const missing = unrealised(context.matrix, objects);
        return [...new Set(missing.map(({ flow }) => flow.to))].flatMap((role) => {
            const rows = missing.filter(({ flow }) => flow.to === role);
            const texts = rows.map(({ flow, ports }) => {
                const missed = ports.map((range) => formatPort({ ...range, transport: flow.transport }));
                const row = `${flow.source} → ${flow.destination} ${missed.join(", ")} (${placeText(flow.place)})`;
                return { missed, row };
            });
            const port = sentence([...new Set(texts.flatMap((text) => text.missed))]);
            const report = new Report(flowsRealised.name, `Role ${role.name}`);
            report.refuse(
                `no container or Service of it listens on ${port}.`,
                [
                    `Not realised: ${[...new Set(texts.map((text) => text.row))].join("; ")}.`,
                    `Have ${role.name} listen there, or remove the rows.`,
                ],
                { role: role.name, port, level },
            );
            return report.findings;
        });
    },
};
