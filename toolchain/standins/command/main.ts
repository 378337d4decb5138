/**
 * Stand-in for the command plugin, for machines where the official one can't be downloaded. Behaviour:
 * https://www.pulumi.com/registry/packages/command/api-docs/local/command/
 */
import { version } from "@pulumi/command/package.json";
import { serveProvider } from "../provider";
import { engineAddress, EngineLog } from "../server";
import { localCommand, localRun } from "./command";
import { killAll } from "./process";

const engine = new EngineLog(engineAddress());

void serveProvider({
    name: "command",
    version,
    resources: { "command:local:Command": localCommand((urn, line) => engine.info(urn, line)) },
    functions: { "command:local:run": localRun() },
    stop: killAll,
});
