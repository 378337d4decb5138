import type { Field } from "./field";
import { listening, listens, portText, rowToAdd } from "./listeners";
import { groupKind } from "./pods";
import { objectRule, type Report, type RuleContext } from "./rule";
import { portFields, targetsOf, type Target } from "./targets";

/**
 * What an object tells a program to connect to is a row: webhooks and aggregated APIs (the control plane connects),
 * issuers, monitors, probes and remote stores. A custom resource of a kind that targets.ts does not know may name no
 * port, since nobody compared it with the matrix.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#contacting-the-webhook
 */
export const targetPortListed = objectRule(
    "target-port-listed",
    "A port that a webhook, an aggregated API or a custom resource names is one that the matrix lists.",
    (object, report, context) => {
        const targets = targetsOf(object, context);
        for (const target of targets ?? []) {
            checkTarget(target, report, context);
        }
        if (!targets) {
            refuseUncompared(object, report);
        }
    },
);

function checkTarget({ field, port, source, destination }: Target, report: Report, context: RuleContext): void {
    const text = portText("TCP", port);
    if (typeof destination === "string") {
        report.refuse(
            `${field.path} leads to ${destination}${port ? ` on ${text}` : ""}, which is no role of the inventory.`,
            [
                `Lead it to a role, or list the host in ${context.platformFiles.inventory} under the role that it belongs to.`,
            ],
            { port: port ? text : undefined },
        );
        return;
    }
    const allowed = source
        ? context.matrix
              .flowsFrom(source)
              .some(
                  (flow) =>
                      flow.to === destination &&
                      flow.transport === "TCP" &&
                      flow.ports.some(({ from, to }) => from <= port && port <= to),
              )
        : listens(destination, "TCP", port);
    if (!allowed) {
        const who = source ? `${source.name} → ${destination.name} ${text}` : `${text} of role ${destination.name}`;
        report.refuse(
            `${field.path} leads to ${who}, which is not in the matrix.`,
            [
                listening(destination),
                rowToAdd(context, {
                    source: source?.name,
                    destination: destination.name,
                    transport: "TCP",
                    from: port,
                }),
            ],
            { role: destination.name, port: text },
        );
    }
}

function refuseUncompared(object: Field, report: Report): void {
    const kind = groupKind(object);
    for (const field of portFields(object)) {
        report.refuse(
            `${field.path} names port ${field.number()}, and ${kind} is a kind that is not compared with the matrix.`,
            ["Say where that kind keeps its ports, in rules/targets.ts, or remove the port."],
            { port: field.text() },
        );
    }
}
