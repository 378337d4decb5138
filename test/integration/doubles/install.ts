import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";

/** Puts the double of OVH's provider plugin into a folder, where the engine finds it once the folder is on PATH. */
export function installOvhDouble(folder: string): void {
    const bundle = join(folder, "ovh.js");
    mkdirSync(folder, { recursive: true });
    buildSync({ entryPoints: [join(__dirname, "ovh.ts")], outfile: bundle, bundle: true, platform: "node" });
    const plugin = join(folder, "pulumi-resource-ovh");
    writeFileSync(plugin, `#!/bin/sh\nexec "${process.execPath}" "${bundle}" "$@"\n`, { mode: 0o755 });
}
