/** https://kubernetes.io/docs/concepts/services-networking/ingress/ */
import type { Properties } from "../../properties";
import { list } from "../objects";
import { warningTexts } from "./pods";
import { type Awaiter, type Readiness, ready, waiting } from "./readiness";

function look(live: Properties): Readiness {
    return list(live, "status", "loadBalancer", "ingress").length > 0
        ? ready
        : waiting("Ingress was not allocated an address: its controller has not set .status.loadBalancer");
}

export const ingress: Awaiter = { seconds: 600, look, explain: warningTexts };
