import { makeKeys } from "../encryption";
import { runJob } from "../run";

// jobs.js keys: prints a new pair of age's, where its program is not at hand. The identity is shown this once.
export const keysJob = (): Promise<never> => runJob("keys", async () => ({ ...(await makeKeys()) }));
