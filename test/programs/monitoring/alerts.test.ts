import { ALERTS, namesIn, TESTS } from "../../monitoring/rules";
import { promtool } from "./promtool";

jest.setTimeout(120_000);

it.concurrent.each(namesIn(ALERTS, ".yaml"))("promtool accepts the alerts of %s", async (name) => {
    const { code, output } = await promtool(["check", "rules", "--lint=all", "--lint-fatal", `${name}.yaml`], ALERTS);
    expect([code, output]).toEqual([0, expect.stringContaining("SUCCESS")]);
});

it.concurrent.each(namesIn(TESTS, ".yaml"))("the alerts of %s fire and are quiet as they should", async (name) => {
    const { code, output } = await promtool(["test", "rules", `${name}.yaml`], TESTS);
    expect([code, output]).toEqual([0, expect.stringContaining("SUCCESS")]);
});
