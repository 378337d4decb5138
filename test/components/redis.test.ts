import * as pulumi from "@pulumi/pulumi";
import { exporterUrl, Redis } from "../../components/redis";
import { clientUser, exporterUser } from "../../components/redis-users";
import type { Matrix } from "../../matrix";
import { object, objects, render } from "./render";
import { smallMatrix } from "./small-matrix";

async function rendered(matrix: Matrix = smallMatrix()) {
    const { resources, result } = await render(
        () => new Redis("redis", { role: matrix.role("Redis"), image: "redis:8.10.1", exporterImage: "exporter:1" }),
    );
    const all = objects(resources);
    return { all, resources, redis: result, pod: object(all, "Deployment", "redis").spec.template.spec };
}

describe("Redis", () => {
    it("listens on the port of its row, which its configuration, its Service and its URL have alike", async () => {
        const { all, redis, pod } = await rendered();
        const secret = object(all, "Secret", "redis-configuration");
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
        const secret = object(all, "Secret", "redis-configuration");
        expect(secret.stringData["redis.conf"]).toMatch(/^save ""$/m);
        expect(secret.stringData["redis.conf"]).toMatch(/^appendonly no$/m);
        expect(JSON.stringify(pod.volumes)).not.toMatch(/persistentVolumeClaim/);
    });

    it("does not listen without a row", async () => {
        const { all, redis } = await rendered(smallMatrix("|Web|Redis|"));
        expect(all.filter(({ kind }) => kind === "Service").map(({ metadata }) => metadata.name)).toEqual([
            "redis-metrics",
        ]);
        expect(redis.url).toBeUndefined();
        const secret = object(all, "Secret", "redis-configuration");
        expect(secret.stringData["redis.conf"]).toMatch(/^port 0$/m);
    });

    it("has its exporter on the port of the row that reads its metrics, over loopback to Redis' own", async () => {
        const { all, pod } = await rendered();
        const exporter = pod.containers[1];
        expect(exporter.ports).toEqual([{ name: "metrics", containerPort: 9121, protocol: "TCP" }]);
        expect(exporter.args).toEqual(
            expect.arrayContaining(["--redis.addr=redis://exporter@127.0.0.1:6380", "--web.listen-address=:9121"]),
        );
        expect(object(all, "Service", "redis-metrics").spec.ports[0]).toMatchObject({ port: 9121, targetPort: 9121 });
    });

    it("gives its exporter a user of its own, whose password stands in a file that no other container sees", async () => {
        const { all, resources, pod } = await rendered();
        const word = "<redis-exporter-password>";
        const holding = resources.filter(({ inputs }) => JSON.stringify(inputs).includes(word));
        expect(holding.map(({ name, secrets }) => [name, secrets])).toEqual([["redis-exporter", ["stringData"]]]);
        expect(JSON.parse(object(all, "Secret", "redis-exporter").stringData["passwords.json"])).toEqual({
            [exporterUrl(6380)]: word,
        });
        const text: string = object(all, "Secret", "redis-configuration").stringData["redis.conf"];
        expect(text.endsWith(`\n${exporterUser(word)}`)).toBe(true);
        expect(pod.containers[0].volumeMounts.map(({ name }: { name: string }) => name)).not.toContain("exporter");
    });

    it("gives each client that is named a user of its own, and nobody else a way in", async () => {
        const matrix = smallMatrix();
        const [web, proxy] = [matrix.role("Web"), matrix.role("Proxy")];
        const { resources, result } = await render(
            () =>
                new Redis("redis", {
                    role: matrix.role("Redis"),
                    image: "redis:8.10.1",
                    exporterImage: "exporter:1",
                    clients: [web, proxy],
                }),
        );
        const text: string = object(objects(resources), "Secret", "redis-configuration").stringData["redis.conf"];
        expect(text).not.toContain("requirepass");
        expect(text).toMatch(/^user default off /m);
        expect(text).toContain(clientUser(web, "<redis-web-password>"));
        expect(text).not.toContain("<redis-web-password>");
        expect(result.url).toBeUndefined();
        const urls = await Promise.all([...result.urls.values()].map((url) => new Promise((done) => url.apply(done))));
        expect(urls).toEqual(
            ["web", "proxy"].map(
                (name) => `redis://${name}:<redis-${name}-password>@redis.shop.svc.cluster.local:6380`,
            ),
        );
        expect(await pulumi.isSecret(result.urls.get(web)!)).toBe(true);
    });

    it("has neither exporter nor user for it without a row that reads its metrics", async () => {
        const { all, pod } = await rendered(smallMatrix("|Prometheus|Redis|"));
        expect(pod.containers).toHaveLength(1);
        expect(all.filter(({ metadata }) => metadata.name?.includes("exporter"))).toEqual([]);
        expect(object(all, "Secret", "redis-configuration").stringData["redis.conf"]).not.toContain("user exporter");
    });
});
