import * as pulumi from "@pulumi/pulumi";
import { Redis } from "../../components/redis";
import type { Matrix } from "../../matrix";
import { object, objects, render } from "./render";
import { smallMatrix } from "./small-matrix";

async function rendered(matrix: Matrix = smallMatrix()) {
    const { resources, result } = await render(
        () => new Redis("redis", { role: matrix.role("Redis"), image: "redis:8.10.1" }),
    );
    const all = objects(resources);
    return { all, resources, redis: result, pod: object(all, "Deployment", "redis").spec.template.spec };
}

describe("Redis", () => {
    it("listens on the port of its row, which its configuration, its Service and its URL have alike", async () => {
        const { all, redis, pod } = await rendered();
        const [secret] = all.filter(({ kind }) => kind === "Secret");
        expect(secret.stringData["redis.conf"]).toMatch(/^port 6380$/m);
        expect(pod.containers[0].ports).toEqual([{ name: "redis", containerPort: 6380, protocol: "TCP" }]);
        expect(object(all, "Service", "redis").spec.ports[0]).toMatchObject({ port: 6380, targetPort: 6380 });
        const url = await new Promise((done) => redis.url!.apply(done));
        expect(url).toBe("redis://:<redis-password>@redis.shop.svc.cluster.local:6380");
        expect(await pulumi.isSecret(redis.url!)).toBe(true);
    });

    it("asks for its password, which stands in a Secret's file and nowhere else", async () => {
        const { resources } = await rendered();
        const holding = resources.filter(({ inputs }) => JSON.stringify(inputs).includes("<redis-password>"));
        expect(holding.map(({ type, secrets }) => [type, secrets])).toEqual([
            ["kubernetes:core/v1:Secret", ["stringData"]],
        ]);
        const values = holding[0].inputs.stringData as Record<string, string>;
        expect(values["redis.conf"]).toMatch(/^requirepass <redis-password>$/m);
    });

    it("keeps nothing on disk", async () => {
        const { all, pod } = await rendered();
        const [secret] = all.filter(({ kind }) => kind === "Secret");
        expect(secret.stringData["redis.conf"]).toMatch(/^save ""$/m);
        expect(secret.stringData["redis.conf"]).toMatch(/^appendonly no$/m);
        expect(JSON.stringify(pod.volumes)).not.toMatch(/persistentVolumeClaim/);
    });

    it("does not listen without a row", async () => {
        const { all, redis } = await rendered(smallMatrix("|Web|Redis|"));
        expect(all.filter(({ kind }) => kind === "Service")).toEqual([]);
        expect(redis.url).toBeUndefined();
        const [secret] = all.filter(({ kind }) => kind === "Secret");
        expect(secret.stringData["redis.conf"]).toMatch(/^port 0$/m);
    });
});
