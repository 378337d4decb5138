import type * as pulumi from "@pulumi/pulumi";
import type { PostgreSQL } from "../../components/postgresql/postgresql";
import { pgDump, scratchPostgreSQL } from "../../components/postgresql/programs";
import { AUTHORITY_FOLDER } from "../../components/secrets";
import type { Matrix } from "../../matrix";
import { backUp } from "../backups/backups";
import { Jobs } from "../backups/jobs";
import { DATABASE } from "./data";
import type { Settings } from "./settings";

/** The backups of PostgreSQL. */
export function runJobs(
    matrix: Matrix,
    settings: Settings,
    postgresql: PostgreSQL,
    opts: pulumi.ComponentResourceOptions,
): void {
    const { drillSize } = settings.backups;
    const { postgresql: image } = settings.images;
    backUp(matrix, new Jobs({ matrix, settings }, opts), {
        role: matrix.role("PostgreSQL"),
        name: DATABASE,
        format: "postgresql",
        dump: (backup) =>
            pgDump({ image, connection: postgresql.connection(backup, AUTHORITY_FOLDER), databases: [DATABASE] }),
        scratch: scratchPostgreSQL({ image, database: DATABASE, size: drillSize }),
        drillSize,
    });
}
