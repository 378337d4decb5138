import { alertsOf, coverage, kinds, promises, unscraped } from "./coverage";
import { elsewhere, producers } from "./producers";
import { admits, readAlerts, selectorsIn } from "./rules";
import { platforms, type Watched } from "./watched";

const alerts = new Map(readAlerts().map((alert) => [alert.alert, alert]));

/**
 * Whether an alert reads something that is shown by a job, or is about it. Where some of its selectors name programs or
 * jobs, these decide: the others are joined to them.
 */
function concerns({ recorded }: Watched, name: string, slug: string): boolean {
    const programs = recorded("matrice_expected_targets");
    const selectors = selectorsIn(alerts.get(name)?.expr ?? "");
    const naming = selectors.filter(({ matchers }) => /\b(job|program)\b/.test(matchers));
    return (naming.length > 0 ? naming : selectors).some((selector) =>
        [slug, `${slug}-volumes`].some(
            (job) =>
                admits(selector, "job", job) &&
                admits(selector, "program", programs.get(job)?.program ?? "") &&
                producers.some(
                    ({ metrics, jobs, about = [] }) =>
                        metrics.includes(selector.metric) &&
                        [...jobs, ...about].some((one) => one === job || one === "*" || one === slug),
                ),
        ),
    );
}

it("An alert concerns the roles whose metrics it reads and whose program it admits, and no other", () => {
    const [eChauffeur, agents] = platforms;
    expect(concerns(eChauffeur, "RedisErrors", "redis")).toBe(true);
    expect(concerns(eChauffeur, "RedisErrors", "api")).toBe(false);
    expect(concerns(eChauffeur, "RedisMetricsAbsent", "redis")).toBe(true);
    expect(concerns(eChauffeur, "RedisMetricsAbsent", "mongodb")).toBe(false);
    expect(concerns(eChauffeur, "SupervisionMemoryHigh", "api")).toBe(false);
    expect(concerns(eChauffeur, "RoleDown", "loki")).toBe(false);
    expect(concerns(eChauffeur, "VolumeFull", "loki")).toBe(true);
    expect(concerns(agents, "SupervisionDown", "monitoring")).toBe(true);
    expect(concerns(agents, "PostgreSQLMetricsAbsent", "redis")).toBe(false);
});

it("No rule names a platform's role: platforms call theirs as they like", () => {
    const naming = [...alerts.values()].filter(({ expr }) =>
        selectorsIn(expr).some(({ matchers }) => /\bjob\b/.test(matchers)),
    );
    expect(naming.map(({ alert }) => alert)).toEqual([]);
});

describe.each(platforms.map((watched) => [watched.platform, watched] as const))("%s", (platform, watched) => {
    const { matrix, roles, targets, recorded, jobs } = watched;
    const covered = coverage[platform];
    const others = unscraped[platform];

    it("has each role with pods in the table of those that are scraped, or of those that are not", () => {
        const workloads = matrix.roles.filter(({ isWorkload }) => isWorkload);
        const missing = workloads.filter(({ name }) => !(name in covered) && !(name in others));
        expect(missing.map(({ name }) => name)).toEqual([]);
        expect(roles.filter(({ name }) => !(name in covered)).map(({ name }) => name)).toEqual([]);
    });

    it("has no role in the tables that it lacks", () => {
        const known = new Set(matrix.roles.map(({ name }) => name));
        expect([...Object.keys(covered), ...Object.keys(others)].filter((name) => !known.has(name))).toEqual([]);
    });

    it("says of each target what runs there, and how many there should be", () => {
        const programs = recorded("matrice_expected_targets");
        expect([...jobs].filter((job) => !((programs.get(job)?.value ?? 0) > 0))).toEqual([]);
    });

    it("says of each role that runs on a schedule what it does, and of no other", () => {
        const names = watched.objects.filter(({ kind }) => kind === "CronJob").map(({ metadata }) => metadata.name);
        const roles = matrix.roles.filter(({ isWorkload, workload }) => isWorkload && names.includes(workload!.name));
        expect(names.length).toBeGreaterThan(0);
        expect([...watched.scheduled.keys()].sort()).toEqual(roles.map(({ name }) => name).sort());
    });

    describe.each(roles.map((role) => [role.name, role] as const))("%s", (name, role) => {
        const covers = covered[name];

        it.each(kinds)("has an alert on: %s, or a reason to have none", (kind) => {
            const cover = covers[kind];
            if ("none" in cover) return expect(cover.none).toMatch(/\w+ \w+/);
            expect(cover.length).toBeGreaterThan(0);
            expect(cover.filter((alert) => !concerns(watched, alert, role.slug))).toEqual([]);
        });

        it("has alerts on its volume exactly where a row reads it", () => {
            const read = targets.some((target) => target.role === role && target.purpose === "volumes");
            expect(alertsOf(covers.disk).includes("VolumeFull")).toBe(read);
        });
    });

    it.each(Object.entries(others))("%s is told of, or has a reason not to be", (name, cover) => {
        if ("none" in cover) return expect(cover.none).toMatch(/\w+ \w+/);
        const slug = name.toLowerCase().replaceAll(" ", "-");
        expect(cover.filter((alert) => !concerns(watched, alert, slug))).toEqual([]);
    });
});

it.each(promises)("there is an alert on %s", (_promise, name, expression) => {
    expect(alerts.get(name)?.expr.trim()).toMatch(expression);
});

it("there is no alert that the tables do not know", () => {
    const named = new Set([
        ...Object.values(coverage)
            .flatMap((covers) => Object.values(covers))
            .flatMap((covers) => kinds.flatMap((kind) => alertsOf(covers[kind]))),
        ...Object.values(unscraped).flatMap((covers) => Object.values(covers).flatMap(alertsOf)),
        ...promises.map(([, name]) => name),
    ]);
    const ofEveryRole = ["RoleRestarting", "ScrapeSlow", "PrometheusWithoutAlertmanager"];
    expect([...alerts.keys()].filter((name) => !named.has(name) && !ofEveryRole.includes(name))).toEqual([]);
});

it("only what some clusters lack is read from elsewhere, by FlowsDenied alone", () => {
    const readers = [...alerts.values()].filter(({ expr }) =>
        selectorsIn(expr).some(({ metric }) => elsewhere.includes(metric)),
    );
    expect(readers.map(({ alert }) => alert)).toEqual(["FlowsDenied"]);
});
