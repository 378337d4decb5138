import * as fs from "node:fs";
import * as path from "node:path";
import { root, toolsFolder } from "../paths";
import { must } from "../processes";
import type { Steps } from "../steps";

const sources = path.join(root, "toolchain", "npm");
const installTimeoutSeconds = 15 * 60;

/**
 * Installs the programs of toolchain/npm (one folder each, with its own lock) under `.tools/npm`, for tests alone. Their
 * installation scripts don't run: those build optional native parts that nothing here needs.
 * @throws ToolchainError when npm fails
 */
export async function acquireNpmPrograms(steps: Steps): Promise<void> {
    for (const name of fs.readdirSync(sources)) {
        const target = path.join(toolsFolder, "npm", name);
        const wanted = fs.readFileSync(path.join(sources, name, "package-lock.json"));
        const stamp = path.join(target, "installed-lock.json");
        if (fs.existsSync(stamp) && fs.readFileSync(stamp).equals(wanted)) continue;
        await steps.step(`Installing ${name} from npm`, async () => {
            fs.mkdirSync(target, { recursive: true });
            for (const file of ["package.json", "package-lock.json"])
                fs.copyFileSync(path.join(sources, name, file), path.join(target, file));
            await must("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
                what: `Installing ${name}`,
                cwd: target,
                timeoutSeconds: installTimeoutSeconds,
                mends: ["see what npm can reach: npm ping"],
            });
            fs.copyFileSync(path.join(target, "package-lock.json"), stamp);
        });
    }
}
