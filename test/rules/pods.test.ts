import { type KubernetesObject } from "../../network";
import { UNKNOWN } from "../../rules";
import { containerPortListed } from "../../rules/container-port-listed";
import { noHostPort } from "../../rules/no-host-port";
import { probePortListed } from "../../rules/probe-port-listed";
import { deployment, edit, messages } from "./factories";

/** The same pods under every kind that makes some. */
const kinds: [string, (template: KubernetesObject) => KubernetesObject][] = [
    ...["apps/v1 Deployment", "apps/v1 StatefulSet", "apps/v1 DaemonSet", "apps/v1 ReplicaSet", "batch/v1 Job"].map(
        (name): [string, (object: KubernetesObject) => KubernetesObject] => {
            const [apiVersion, kind] = name.split(" ");
            return [name, (object) => ({ ...object, apiVersion, kind })];
        },
    ),
    [
        "batch/v1 CronJob",
        (object) => ({
            ...object,
            apiVersion: "batch/v1",
            kind: "CronJob",
            spec: { schedule: "0 1 * * *", jobTemplate: { spec: object.spec } },
        }),
    ],
    [
        "v1 Pod",
        ({ metadata, spec }) => ({
            apiVersion: "v1",
            kind: "Pod",
            metadata: { ...metadata, labels: spec.template.metadata.labels },
            spec: spec.template.spec,
        }),
    ],
    [
        "v1 PodTemplate",
        ({ metadata, spec }) => ({ apiVersion: "v1", kind: "PodTemplate", metadata, template: spec.template }),
    ],
    ["argoproj.io/v1alpha1 Rollout", (object) => ({ ...object, apiVersion: "argoproj.io/v1alpha1", kind: "Rollout" })],
    [
        "jobset.x-k8s.io/v1alpha2 JobSet",
        ({ metadata, spec }) => ({
            apiVersion: "jobset.x-k8s.io/v1alpha2",
            kind: "JobSet",
            metadata,
            spec: { replicatedJobs: [{ name: "workers", template: { spec: { template: spec.template } } }] },
        }),
    ],
    [
        "monitoring.coreos.com/v1 Alertmanager",
        ({ metadata, spec }) => ({
            apiVersion: "monitoring.coreos.com/v1",
            kind: "Alertmanager",
            metadata,
            spec: { ...spec.template.spec, podMetadata: spec.template.metadata, listenLocal: true },
        }),
    ],
];

const lists = ["containers", "initContainers", "ephemeralContainers"];
const rogue = { name: "rogue", image: "x", ports: [{ containerPort: 9090 }] };

describe.each(kinds)("in a %s", (_, make) => {
    test.each(lists)("container-port-listed compares the ports of %s", (list) => {
        expect(messages(containerPortListed, make(deployment()))).toEqual([]);
        const object = make(edit(deployment(), ({ spec }) => (spec.template.spec[list] = [rogue])));
        expect(messages(containerPortListed, object)).toEqual([
            expect.stringMatching(
                /container rogue opens 9090\/TCP of role API, which is not in the matrix[^]*matrix\.md:6[^]*\| API \| 9090 \| TCP \|/,
            ),
        ]);
    });

    test("probe-port-listed compares the ports of probes", () => {
        expect(messages(probePortListed, make(deployment()))).toEqual([]);
        const object = make(
            edit(deployment(), ({ spec }) => (spec.template.spec.containers[0].readinessProbe.httpGet.port = 9090)),
        );
        expect(messages(probePortListed, object)).toEqual([
            expect.stringMatching(/readinessProbe\.httpGet opens 9090\/TCP of role API/),
        ]);
    });

    test("no-host-port refuses host ports and the host's network", () => {
        expect(messages(noHostPort, make(deployment()))).toEqual([]);
        const object = make(
            edit(deployment(), ({ spec }) => {
                spec.template.spec.containers[0].ports[0].hostPort = 80;
                spec.template.spec.hostNetwork = true;
            }),
        );
        expect(messages(noHostPort, object)).toEqual([
            expect.stringMatching(/hostNetwork is true/),
            expect.stringMatching(/ports\[0\]\.hostPort of role API opens 80\/TCP on the node/),
        ]);
    });
});

describe("container-port-listed", () => {
    test("lets a sidecar listen on the role's other ports, and a container declare none", () => {
        const object = edit(deployment(), ({ spec }) =>
            spec.template.spec.containers.push(
                { name: "exporter", ports: [{ containerPort: 9091 }] },
                { name: "quiet" },
            ),
        );
        expect(messages(containerPortListed, object)).toEqual([]);
    });

    test("tells transports apart", () => {
        const object = edit(deployment(), ({ spec }) => (spec.template.spec.containers[0].ports[0].protocol = "UDP"));
        expect(messages(containerPortListed, object)).toEqual([expect.stringContaining("80/UDP of role API")]);
    });

    test("accepts every port of a range that the matrix lists", () => {
        const ports = (...numbers: number[]) =>
            messages(
                containerPortListed,
                edit(deployment("media"), ({ spec }) => {
                    const list = numbers.map((containerPort) => ({ containerPort, protocol: "UDP" }));
                    spec.template.spec.containers[0].ports = list;
                }),
            );
        expect(ports(49152, 49160)).toEqual([]);
        expect(ports(49151)).toHaveLength(1);
        expect(ports(49161)).toHaveLength(1);
    });

    test("reports each unknown value and goes on to the next", () => {
        const object = edit(deployment(), ({ spec }) => {
            const [container] = spec.template.spec.containers;
            container.image = UNKNOWN;
            container.ports = [{ containerPort: UNKNOWN }, { containerPort: 9090 }];
            spec.template.spec.initContainers = UNKNOWN;
        });
        expect(messages(containerPortListed, object)).toEqual([
            expect.stringContaining("spec.template.spec.initContainers is unknown at preview"),
        ]);
        object.spec.template.spec.initContainers = [];
        expect(messages(containerPortListed, object)).toEqual([
            expect.stringContaining("spec.template.spec.containers[0].ports[0].containerPort is unknown at preview"),
            expect.stringContaining("9090/TCP of role API"),
        ]);
    });
});

describe("probe-port-listed", () => {
    const check = (probe: object) =>
        messages(
            probePortListed,
            edit(deployment(), ({ spec }) => Object.assign(spec.template.spec.containers[0], probe)),
        );

    test.each([
        [{ livenessProbe: { tcpSocket: { port: 1 } } }, "livenessProbe.tcpSocket"],
        [{ startupProbe: { grpc: { port: 1 } } }, "startupProbe.grpc"],
        [{ lifecycle: { postStart: { httpGet: { port: 1 } } } }, "lifecycle.postStart.httpGet"],
        [{ lifecycle: { preStop: { tcpSocket: { port: "1" } } } }, "lifecycle.preStop.tcpSocket"],
    ])("refuses %j", (probe, name) => {
        expect(check(probe)).toEqual([expect.stringContaining(`${name} opens 1/TCP of role API`)]);
    });

    test("accepts exec and sleep", () => {
        expect(
            check({ lifecycle: { preStop: { sleep: { seconds: 5 } }, postStart: { exec: { command: ["x"] } } } }),
        ).toEqual([]);
    });

    test("refuses a port's name that the container does not declare", () => {
        expect(check({ readinessProbe: { httpGet: { port: "other" } } })).toEqual([
            expect.stringContaining('names "other", which the container does not declare'),
        ]);
        expect(check({ readinessProbe: { httpGet: {} } })).toEqual([expect.stringContaining("port is missing")]);
    });

    test("refuses a port that is unknown at preview", () => {
        expect(check({ readinessProbe: { httpGet: { port: UNKNOWN, path: UNKNOWN } } })).toEqual([
            expect.stringContaining("containers[0].readinessProbe.httpGet.port is unknown at preview"),
        ]);
    });
});
