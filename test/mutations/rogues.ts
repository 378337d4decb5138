import type { Rogue } from "./objects";
import { placeRogues } from "./rogue-places";
import { podRogues } from "./rogue-pods";
import { policyRogues } from "./rogue-policies";
import { portRogues } from "./rogue-ports";
import { targetRogues } from "./rogue-targets";

/** Every change to the platform that leaves the matrix. */
export const rogues: readonly Rogue[] = [...portRogues, ...policyRogues, ...podRogues, ...placeRogues, ...targetRogues];
