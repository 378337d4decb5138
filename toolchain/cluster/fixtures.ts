/** What a cloud's cluster has of its own: nodes and volumes. Applied by the embedded cluster's start. */

const nodes = 2;
const volumes = 24;
const storageClass = "standard";

type KubernetesObject = Record<string, unknown>;

export function fixtures(): { apiVersion: string; kind: string; items: KubernetesObject[] } {
    const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
    const items = [defaultStorageClass(), ...numbers(nodes).map(node), ...numbers(volumes).map(volume)];
    return { apiVersion: "v1", kind: "List", items };
}

/** One node a zone, so that topology spread constraints have something to spread over. */
function node(number: number): KubernetesObject {
    const name = `node-${number}`;
    return {
        apiVersion: "v1",
        kind: "Node",
        metadata: {
            name,
            annotations: { "kwok.x-k8s.io/node": "fake", "matrice.dev/address": `192.0.2.${number}` },
            labels: {
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "topology.kubernetes.io/region": "local",
                "topology.kubernetes.io/zone": `local-${number}`,
            },
        },
    };
}

/** The default class, so that claims that name none bind too; nothing provisions: the volumes below are all there are. */
function defaultStorageClass(): KubernetesObject {
    return {
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: { name: storageClass, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
        provisioner: "kubernetes.io/no-provisioner",
        reclaimPolicy: "Retain",
        volumeBindingMode: "Immediate",
    };
}

/** Nothing writes there, as no pod runs for real. A claim binds to any volume at least its size. */
function volume(number: number): KubernetesObject {
    const name = `volume-${String(number).padStart(2, "0")}`;
    return {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name },
        spec: {
            accessModes: ["ReadWriteOnce", "ReadWriteMany"],
            capacity: { storage: "1Ti" },
            hostPath: { path: `/nonexistent/${name}` },
            persistentVolumeReclaimPolicy: "Retain",
            storageClassName: storageClass,
        },
    };
}
