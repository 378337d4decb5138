/**
 * Stand-in for the command plugin, for machines where the official one can't be downloaded. Behaviour:
 * https://www.pulumi.com/registry/packages/command/api-docs/local/command/ and
 * https://www.pulumi.com/registry/packages/command/api-docs/remote/command/
 */
import { version } from "@pulumi/command/package.json";
import { serveProvider } from "../provider";
import { engineAddress, EngineLog } from "../server";
import { localCommand, localRun } from "./command";
import { killAll } from "./process";
import { remoteCommand } from "./remote";
import { disconnectAll } from "./ssh";

const engine = new EngineLog(engineAddress());

void serveProvider({
    name: "command",
    version,
    resources: {
        "command:local:Command": localCommand((urn, line) => engine.info(urn, line)),
        "command:remote:Command": remoteCommand(
            (urn, line) => engine.info(urn, line),
            (urn, message) => engine.status(urn, message),
        ),
    },
    functions: { "command:local:run": localRun() },
    stop: () => {
        killAll();
        disconnectAll();
    },
});
