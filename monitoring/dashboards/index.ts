import { backups } from "./backups";
import { matrix } from "./matrix";
import { type Dashboard, render } from "./panels";
import { platform } from "./platform";

const all: Readonly<Record<string, Dashboard>> = {
    "backups.json": backups,
    "matrix.json": matrix,
    "platform.json": platform,
};

/** The dashboards beside this file, by file name; what is committed must equal this. */
export function dashboards(): Record<string, object> {
    return Object.fromEntries(Object.entries(all).map(([file, dashboard]) => [file, render(dashboard)]));
}
