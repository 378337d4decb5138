import { formatPorts, openRefusals, PolicyError, toCidrs, type OpenRefusal } from "../network";
import { defaultDenyPresent } from "./default-deny-present";
import { placeText, sentence } from "./listeners";
import { soundObjects } from "./nothing-wider";
import { Report, type Finding, type RuleContext, type StackRule } from "./rule";

/**
 * A row with a refusing verdict says that a flow must not exist: the policies of the stack together do not let it
 * through. It sees what no other rule can: a refusal that rows of the same documents contradict, by addresses that only
 * the stack knows. What one policy opens by itself is network-policy-listed's.
 */
export const refusedFlowsClosed: StackRule = {
    name: "refused-flows-closed",
    description: "What a row of the matrix refuses cannot connect.",
    check(objects, context) {
        if (context.matrix.refused.length === 0 || defaultDenyPresent.check(objects, context).length > 0) {
            return [];
        }
        try {
            const sound = soundObjects(objects, context);
            return openRefusals(context.matrix, sound, context.network).flatMap((open) => finding(open, context));
        } catch (error) {
            if (!(error instanceof PolicyError)) {
                throw error;
            }
            return []; // What cannot be judged is nothing-wider's finding.
        }
    },
};

function finding({ flow, ports, addresses, openedBy }: OpenRefusal, context: RuleContext): Finding[] {
    const report = new Report(refusedFlowsClosed.name, `Row ${flow.source} → ${flow.destination}`);
    const cidrs = addresses ? toCidrs(addresses) : [];
    const where = cidrs.length > 0 ? ` (${cidrs.slice(0, 3).join(", ")}${cidrs.length > 3 ? ", …" : ""})` : "";
    const rows = openedBy.map((row) => `${row.source} → ${row.destination} (${placeText(row.place)})`);
    report.refuse(
        `${placeText(flow.place)} refuses ${flow.from.name} → ${flow.to.name}, yet it can connect on ${formatPorts(ports)}${where}.`,
        [
            rows.length > 0
                ? `${sentence([...new Set(rows)])} may have opened it: narrow that row, or change the verdict.`
                : `No row opened it: remove the policy that does, or change the verdict in ${context.platformFiles.matrix}.`,
        ],
        { role: flow.to.name, port: formatPorts(ports) },
    );
    return report.findings;
}
