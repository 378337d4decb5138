/** The rogues of every role of agents through a real API server, past Pulumi. */
import { roguesOfEveryRole } from "../mutations/of-role";
import { AdmissionInForce, refusesPastPulumi, type AdmissionArgs } from "./admission-in-force";

jest.setTimeout(180_000);

/** What a PodMonitor leads to is read at preview; what a policy is for is seen by all policies and pods together. */
const elsewhere = ["target-port-listed", "no-orphan-policy"];

const args: AdmissionArgs = {
    name: "admission-agents",
    stack: "agents-dev",
    golden: "agents.dev",
    rogues: roguesOfEveryRole("agents-dev"),
    harmless: [],
    isElsewhere: ({ rule }) => elsewhere.includes(rule),
};

refusesPastPulumi(new AdmissionInForce(args), args);
