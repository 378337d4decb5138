import { defaultFrame, frame, type Frame } from "../nginx/frame";
import { statusServer } from "../nginx/status";
import { block, hostName, NginxValueError, portNumber } from "../nginx/text";

export interface RedirectConfiguration {
    /** Left out: nothing listens. */
    readonly port?: number;
    /** The host that is left. */
    readonly from: string;
    /** The URL that it leads to: path and query of a request are added to it. */
    readonly to: string;
    /** The socket on which nginx shows its counters; left out: nowhere. */
    readonly statusSocket?: string;
    readonly frame?: Frame;
}

/**
 * nginx's configuration for a host that has moved: every request for it is answered 301 to the new place, path and
 * query kept. Another host is refused, since the proxy sends none. Throws NginxValueError for a URL that nginx would
 * read as something else.
 */
export function redirectConfiguration(configuration: RedirectConfiguration): string {
    const { port } = configuration;
    const target = base(configuration.to);
    const host = hostName(configuration.from);
    const servers =
        port === undefined
            ? []
            : [
                  ...block("server", [
                      `listen ${portNumber(port)} default_server;`,
                      "server_name _;",
                      "# Only the host that has moved is redirected.",
                      "return 444;",
                  ]),
                  "",
                  ...block("server", [
                      `listen ${portNumber(port)};`,
                      `server_name ${host};`,
                      `return 301 ${target}$request_uri;`,
                  ]),
              ];
    return frame(configuration.frame ?? defaultFrame, [...statusServer(configuration.statusSocket), ...servers]);
}

/** The URL without a final slash, since a request's path begins with one. */
function base(to: string): string {
    const expected = "a URL such as https://www.example.org, without query or fragment";
    if (!/^https?:\/\/[A-Za-z0-9.:/_~%-]+$/.test(to) || !URL.canParse(to)) {
        throw new NginxValueError("redirect target", to, expected);
    }
    return to.replace(/\/+$/, "");
}
