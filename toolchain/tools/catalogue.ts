import type { VersionRange } from "./versions";

/** How a tool is built where nothing else can be had; modules and their checksums are in toolchain/go/<module>. */
export interface GoBuild {
    module: string;
    package: string;
    /** `-X` settings that stamp the version into the binary. */
    stamp: Readonly<Record<string, string>>;
    /** Go's build tags. */
    tags?: string;
    /** The module whose version is the tool's, where the package built is our own. */
    pinnedBy?: string;
}

export interface Tool {
    name: string;
    /** Without a leading "v"; what is downloaded or built. */
    version: string;
    /** What it is for, as `make doctor` says it. */
    purpose: string;
    /** Needed by `make up`, or by `make test` alone. */
    needed: "up" | "test";
    /** Arguments that make it print its version. */
    versionArguments: readonly string[];
    /** Versions accepted when it is on PATH already. */
    accepted: VersionRange;
    /** Tried before the build: today only the Pulumi CLI has a downloader that is part of a package here. */
    download?: "pulumi";
    build: GoBuild;
}

const kubernetes = "1.35.4";
const kwok = "0.7.0";

const kubernetesTool = (name: string, purpose: string, accepted: VersionRange, versionArguments = ["--version"]) => ({
    name,
    version: kubernetes,
    purpose,
    needed: "up" as const,
    versionArguments,
    accepted,
    build: {
        module: "kubernetes",
        package: `k8s.io/kubernetes/cmd/${name}`,
        stamp: {
            "k8s.io/component-base/version.gitVersion": `v${kubernetes}`,
            "k8s.io/component-base/version.gitMajor": "1",
            "k8s.io/component-base/version.gitMinor": "35",
        },
    },
});

const kwokTool = (name: string, purpose: string) => ({
    name,
    version: kwok,
    purpose,
    needed: "up" as const,
    versionArguments: ["--version"],
    accepted: { from: "0.7.0", below: "0.8.0" },
    build: {
        module: "kwok",
        package: `sigs.k8s.io/kwok/cmd/${name}`,
        stamp: { "sigs.k8s.io/kwok/pkg/consts.Version": `v${kwok}` },
    },
});

// The parts of one control plane are of one minor version.
const controlPlane = { from: "1.35.0", below: "1.36.0" };

/** Every tool, in the order in which they are obtained: the longest builds first, so that a failure shows early. */
export const tools: readonly Tool[] = [
    {
        name: "pulumi",
        version: "3.248.0",
        purpose: "the engine",
        needed: "up",
        versionArguments: ["version"],
        accepted: { from: "3.220.0", below: "4.0.0" },
        download: "pulumi",
        build: {
            module: "pulumi",
            package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
            stamp: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": "v3.248.0" },
        },
    },
    kubernetesTool("kube-apiserver", "the embedded cluster", controlPlane),
    kubernetesTool("kube-controller-manager", "the embedded cluster", controlPlane),
    kubernetesTool("kube-scheduler", "the embedded cluster", controlPlane),
    // kubectl speaks to a control plane one minor older or newer: kubernetes.io/releases/version-skew-policy.
    kubernetesTool("kubectl", "looking at the cluster", { from: "1.34.0", below: "1.37.0" }, ["version", "--client"]),
    {
        name: "etcd",
        version: "3.6.4",
        purpose: "the embedded cluster",
        needed: "up",
        versionArguments: ["--version"],
        accepted: { from: "3.5.20", below: "3.7.0" },
        build: { module: "etcd", package: "go.etcd.io/etcd/server/v3", stamp: {} },
    },
    kwokTool("kwok", "the embedded cluster's nodes"),
    kwokTool("kwokctl", "starts the embedded cluster"),
    {
        name: "helm",
        version: "4.3.1",
        purpose: "renders cert-manager's chart",
        needed: "up",
        versionArguments: ["version", "--short"],
        accepted: { from: "3.14.0", below: "5.0.0" },
        build: {
            module: "helm",
            package: "helm.sh/helm/v4/cmd/helm",
            stamp: { "helm.sh/helm/v4/internal/version.version": "v4.3.1" },
        },
    },
    {
        name: "netpol-analyzer",
        version: "1.4.4",
        purpose: "an independent reading of the policies",
        needed: "test",
        // It prints no version of its own: one found on PATH is never taken.
        versionArguments: ["version"],
        accepted: { from: "1.4.4", below: "1.4.5" },
        build: { module: "netpol-analyzer", package: "github.com/np-guard/netpol-analyzer/cmd/netpolicy", stamp: {} },
    },
    {
        name: "versitygw",
        version: "1.7.0",
        purpose: "the embedded cluster's object storage (S3), for backups",
        needed: "up",
        // A build from the module says "git": one found on PATH is taken when it is a release.
        versionArguments: ["--version"],
        accepted: { from: "1.7.0", below: "2.0.0" },
        build: { module: "versitygw", package: "github.com/versity/versitygw/cmd/versitygw", stamp: {} },
    },
    {
        name: "ferretdb",
        version: "1.24.2",
        purpose: "stands in for MongoDB in tests of the clean-up",
        needed: "test",
        versionArguments: ["-version"],
        accepted: { from: "1.24.2", below: "1.25.0" },
        build: {
            module: "ferretdb",
            package: "matrice.dev/toolchain/ferretdb",
            pinnedBy: "github.com/FerretDB/FerretDB",
            tags: "ferretdb_sqlite",
            stamp: {},
        },
    },
    {
        name: "acmesolver",
        version: "1.21.2",
        purpose: "what answers challenges in cert-manager's pods, for tests",
        needed: "test",
        versionArguments: ["--version"],
        accepted: { from: "1.21.0", below: "1.22.0" },
        build: {
            module: "cert-manager",
            package: "matrice.dev/toolchain/cert-manager",
            pinnedBy: "github.com/cert-manager/cert-manager",
            stamp: {},
        },
    },
    {
        name: "pebble",
        version: "2.10.1",
        purpose: "an authority that issues certificates (ACME), for tests of the challenges",
        needed: "test",
        versionArguments: ["-version"],
        accepted: { from: "2.10.1", below: "3.0.0" },
        build: {
            module: "pebble",
            package: "github.com/letsencrypt/pebble/v2/cmd/pebble",
            stamp: { "main.version": "2.10.1" },
        },
    },
    {
        name: "kube-score",
        version: "1.20.0",
        purpose: "an independent reading of the manifests",
        needed: "test",
        versionArguments: ["version"],
        accepted: { from: "1.20.0", below: "1.21.0" },
        build: { module: "kube-score", package: "github.com/zegl/kube-score/cmd/kube-score", stamp: {} },
    },
];

/** The tools a command needs: `make up` gets through without those of the tests. */
export function toolsFor(needed: Tool["needed"]): readonly Tool[] {
    return tools.filter((tool) => needed === "test" || tool.needed === "up");
}
