import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alertRules, dashboards } from "../../../components/observability/monitoring-files";

describe("The files of monitoring/", () => {
    const folder = mkdtempSync(join(tmpdir(), "matrice-"));
    const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
    beforeAll(() => {
        for (const name of ["alerts", "dashboards"]) mkdirSync(join(folder, name));
        write("alerts/web.yaml", "groups: []\n");
        write("alerts/web.test.yaml", "rule_files: [web.yaml]\n");
        write("alerts/notes.md", "not a rule\n");
        write("dashboards/web.json", "{}");
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    it("are the rule files, without their tests", () => {
        expect(alertRules(folder)).toEqual({ "web.yaml": "groups: []\n" });
    });

    it("are the dashboards", () => {
        expect(dashboards(folder)).toEqual({ "web.json": "{}" });
    });

    it("are none without the folder", () => {
        expect([alertRules(join(folder, "nowhere")), dashboards(join(folder, "nowhere"))]).toEqual([{}, {}]);
    });

    it("name the one that cannot be read", () => {
        write("dashboards/broken.json", "{");
        expect(() => dashboards(folder)).toThrow(join(folder, "dashboards/broken.json"));
        rmSync(join(folder, "dashboards/broken.json"));
    });
});
