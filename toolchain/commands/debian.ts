import * as fs from "node:fs";
import * as path from "node:path";
import { run } from "../processes";
import type { Steps } from "../steps";
import { onPath } from "../tools/lookup";

/** The Debian package of each program that a test runs for real, or of a file that such a program loads. */
const packages: Readonly<Record<string, string>> = {
    "/usr/sbin/sshd": "openssh-server",
    "/usr/lib/nginx/modules/ngx_http_modsecurity_module.so": "libnginx-mod-http-modsecurity",
    "/usr/share/modsecurity-crs/rules": "modsecurity-crs",
    age: "age",
    influx: "influxdb-client",
    influxd: "influxdb",
    ip: "iproute2",
    nft: "nftables",
    nginx: "nginx-light",
    "libnss_wrapper.so": "libnss-wrapper",
    openssl: "openssl",
    postgres: "postgresql-15",
    prometheus: "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "prometheus-nginx-exporter": "prometheus-nginx-exporter",
    "prometheus-node-exporter": "prometheus-node-exporter",
    "prometheus-redis-exporter": "prometheus-redis-exporter",
    "redis-server": "redis-server",
};

const aptSeconds = 300;
/** Asked by Debian's package scripts whether a service may be started; 101 says no. */
const policyFile = "/usr/sbin/policy-rc.d";

/**
 * Installs those programs that are missing, where this is Debian and we are root.
 * @returns those that are missing all the same
 */
export async function installDebianPrograms(programs: readonly string[], steps: Steps): Promise<string[]> {
    const missing = programs.filter((name) => !isThere(name));
    if (missing.length === 0 || process.getuid?.() !== 0 || !isThere("apt-get")) return missing;
    await steps.step(`Installing ${missing.map((name) => packages[name]).join(", ")}`, () => install(missing));
    return missing.filter((name) => !isThere(name));
}

/** Failing is seen by the program being missing still. A package must not start its server: it would take port 80. */
async function install(programs: readonly string[]): Promise<void> {
    const ownPolicy = !fs.existsSync(policyFile);
    if (ownPolicy) fs.writeFileSync(policyFile, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
    try {
        const options = { timeoutSeconds: aptSeconds, env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
        await run("apt-get", ["update", "-q"], options);
        const names = programs.map((name) => packages[name]);
        await run("apt-get", ["install", "-q", "-y", "--no-install-recommends", ...names], options);
    } finally {
        if (ownPolicy) fs.rmSync(policyFile, { force: true });
    }
}

/** Where Debian keeps the programs of a PostgreSQL server, one version beside the other. */
const postgresql = "/usr/lib/postgresql/15/bin";

function isThere(program: string): boolean {
    if (path.isAbsolute(program)) return fs.existsSync(program);
    if (program.endsWith(".so")) return isLibrary(program);
    return onPath(program, `${process.env.PATH ?? ""}:/usr/sbin:/sbin:${postgresql}`).length > 0;
}

/** Libraries stand in a folder named after the processor: x86_64-linux-gnu. */
function isLibrary(file: string): boolean {
    const folders = fs.existsSync("/usr/lib") ? fs.readdirSync("/usr/lib") : [];
    return folders.some((name) => name.endsWith("-linux-gnu") && fs.existsSync(`/usr/lib/${name}/${file}`));
}
