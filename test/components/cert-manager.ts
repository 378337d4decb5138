import { join } from "node:path";
import type { CertManagerArgs } from "../../components/certificates/cert-manager";
import type { Matrix } from "../../matrix";

/** The chart as it is, put there by `make up` and `make test`. */
export const chart = join(__dirname, "../../.tools/cert-manager/chart.json");

/** cert-manager of the small platform, its webhook asked. */
export function certManager(matrix: Matrix): CertManagerArgs {
    return {
        roles: {
            controller: matrix.role("cert-manager"),
            webhook: matrix.role("cert-manager webhook"),
            injector: matrix.role("cert-manager cainjector"),
        },
        chart,
        webhooks: true,
    };
}
