import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../matrix";
import { emptyDir, type HardenedContainer } from "../pod";
import { portOf } from "../workload";
import { absolutePath, block } from "./text";

const FOLDER = "/run/nginx-status";
const VOLUME = "status";
const PATH = "/stub_status";

/** Where nginx tells its exporter of itself: a socket that both containers of the pod see, and nobody else. */
export const STATUS_SOCKET = `${FOLDER}/nginx.sock`;

/**
 * The server that shows nginx's own counters on a socket: no port is opened for it, and what it is asked is not in the
 * access log, whose lines are counted. https://nginx.org/en/docs/http/ngx_http_stub_status_module.html
 */
export function statusServer(socket: string | undefined): string[] {
    if (socket === undefined) return [];
    return [
        "# Read by the exporter in the same pod.",
        ...block("server", [
            `listen unix:${absolutePath(socket, "status socket")};`,
            "server_name _;",
            "access_log off;",
            ...block(`location = ${PATH}`, ["stub_status;"]),
            ...block("location /", ["return 404;"]),
        ]),
        "",
    ];
}

/** What a pod of nginx has besides when a row reads its metrics; nothing where none does. */
export interface Status {
    /** The socket that nginx is to listen on; undefined where no row reads its metrics. */
    readonly socket: string | undefined;
    readonly containers: HardenedContainer[];
    readonly volumes: k8s.types.input.core.v1.Volume[];
    /** Of nginx's own container. */
    readonly volumeMounts: k8s.types.input.core.v1.VolumeMount[];
}

/** nginx-prometheus-exporter beside nginx, on the port of the row that reads its role's metrics. */
export function status(role: Role, image: pulumi.Input<string>): Status {
    const port = portOf(role, "metrics");
    if (port === undefined) return { socket: undefined, containers: [], volumes: [], volumeMounts: [] };
    // The page of its versions, which asks nginx for nothing: a nginx that is down is nginx_up 0, not a lost exporter.
    const httpGet = { path: "/", port, scheme: "HTTP" };
    return {
        socket: STATUS_SOCKET,
        containers: [
            {
                name: "exporter",
                image,
                args: [`--nginx.scrape-uri=unix:${STATUS_SOCKET}:${PATH}`, `--web.listen-address=:${port}`],
                ports: [{ name: "metrics", containerPort: port, protocol: "TCP" }],
                resources: { cpu: ["10m", "100m"], memory: ["16Mi", "64Mi"] },
                readinessProbe: { httpGet, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
                livenessProbe: { httpGet, periodSeconds: 30, timeoutSeconds: 10, failureThreshold: 3 },
                volumeMounts: [{ name: VOLUME, mountPath: FOLDER, readOnly: true }],
            },
        ],
        volumes: [emptyDir(VOLUME, "1Mi")],
        volumeMounts: [{ name: VOLUME, mountPath: FOLDER }],
    };
}
