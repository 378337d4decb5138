export interface Version {
    major: number;
    minor: number;
    patch: number;
}

/** The first `x.y.z` (or `x.y`) in what a program prints about itself; undefined when there is none. */
export function parseVersion(text: string): Version | undefined {
    const match = /(?:^|[^\d.])v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
    return match ? { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3] ?? 0) } : undefined;
}

/** Negative, zero or positive as `a` is older than, the same as or newer than `b`. */
export function compareVersions(a: Version, b: Version): number {
    return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}

export function formatVersion({ major, minor, patch }: Version): string {
    return `${major}.${minor}.${patch}`;
}

/** Versions from `from` (included) to `below` (excluded). */
export interface VersionRange {
    from: string;
    below: string;
}

export function inRange(version: Version, { from, below }: VersionRange): boolean {
    return compareVersions(version, exact(from)) >= 0 && compareVersions(version, exact(below)) < 0;
}

/** Versions of the control plane the tools here speak to: one minor either side of the pinned kubectl (its skew policy). */
export const kubernetesRange: VersionRange = { from: "1.34.0", below: "1.37.0" };

function exact(text: string): Version {
    const version = parseVersion(text);
    if (!version) throw new Error(`"${text}" is not a version`);
    return version;
}
