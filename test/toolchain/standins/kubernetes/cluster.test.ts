import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ApiError, InterruptedError, UnreachableError } from "../../../../toolchain/standins/kubernetes/client";
import { Cluster, pathOf } from "../../../../toolchain/standins/kubernetes/cluster";

const group = (name: string, version: string, resources: object[]) => ({
    metadata: { name },
    versions: [{ version, resources }],
});
const deployments = {
    resource: "deployments",
    responseKind: { kind: "Deployment" },
    scope: "Namespaced",
    subresources: [{ subresource: "status" }],
};
const namespaces = { resource: "namespaces", responseKind: { kind: "Namespace" }, scope: "Cluster" };

describe("a cluster", () => {
    let server: Server;
    let cluster: Cluster;
    let asked: string[];
    let answers: Record<string, (request: IncomingMessage, response: ServerResponse) => void>;
    const json =
        (value: unknown, code = 200) =>
        (_request: IncomingMessage, response: ServerResponse) => {
            response.statusCode = code;
            response.end(JSON.stringify(value));
        };
    beforeEach(async () => {
        asked = [];
        answers = {
            "/version": json({ gitVersion: "v1.35.4" }),
            "/api": json({ items: [group("", "v1", [namespaces])] }),
            "/apis": json({ items: [group("apps", "v1", [deployments])] }),
        };
        server = createServer((request, response) => {
            asked.push(request.url!);
            (answers[request.url!] ?? json({ message: "not found" }, 404))(request, response);
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as AddressInfo;
        cluster = new Cluster({
            server: `http://127.0.0.1:${port}`,
            origin: "test",
            namespace: "default",
            insecure: false,
        });
    });
    afterEach(async () => {
        cluster.client.close();
        await new Promise((resolve) => server.close(resolve));
    });

    test("tells where kinds live, and asks for that once", async () => {
        const resource = await cluster.resource("apps/v1", "Deployment");
        expect(resource).toEqual({ apiVersion: "apps/v1", plural: "deployments", namespaced: true, hasStatus: true });
        expect(pathOf(resource!, "shop", "web")).toBe("/apis/apps/v1/namespaces/shop/deployments/web");
        expect(pathOf((await cluster.resource("v1", "Namespace"))!, undefined, "shop")).toBe("/api/v1/namespaces/shop");
        expect(asked.sort()).toEqual(["/api", "/apis", "/version"]);
    });

    test("is asked again for a kind that was not there before", async () => {
        expect(await cluster.resource("example.org/v1", "Tool")).toBeUndefined();
        answers["/apis"] = json({
            items: [
                group("example.org", "v1", [{ ...deployments, resource: "tools", responseKind: { kind: "Tool" } }]),
            ],
        });
        expect(await cluster.resourceSoon("example.org/v1", "Tool", [300, 300])).toMatchObject({ plural: "tools" });
    });

    test.each(["v1.29.0", "v1.9.11"])("of version %s is refused with the mend", async (gitVersion) => {
        answers["/version"] = json({ gitVersion });
        await expect(cluster.ready()).rejects.toThrow(
            /is not supported: version 1\.30 or newer is needed\. Upgrade it, or choose/,
        );
    });

    test("that is none is said to be none", async () => {
        answers["/version"] = json({ hello: "world" });
        await expect(cluster.ready()).rejects.toThrow(/unreachable: what answers is not a Kubernetes API server/);
    });

    test("that refuses the credentials is said to do so", async () => {
        answers["/version"] = json({ message: "Unauthorized" }, 401);
        await expect(cluster.ready()).rejects.toThrow(/unreachable: Unauthorized .* refuses the credentials/);
    });

    test("that does not listen is unreachable", async () => {
        const gone = new Cluster({
            server: "http://127.0.0.1:1",
            origin: "test",
            namespace: "default",
            insecure: false,
        });
        await expect(gone.ready()).rejects.toThrow(UnreachableError);
    });

    test("that asks to be tried again is tried again", async () => {
        let times = 0;
        answers["/x"] = (request, response) => {
            times += 1;
            response.setHeader("retry-after", "0");
            json(times < 3 ? { message: "wait" } : { ok: true }, times < 3 ? 429 : 200)(request, response);
        };
        expect(await cluster.client.get("/x")).toEqual({ ok: true });
        expect(times).toBe(3);
    });

    test("whose admission policy has not read its parameters yet is asked again", async () => {
        const message =
            "services \"api\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: failed to " +
            "configure binding: paramKind kind `/v1, Kind=ConfigMap` not yet synced to use for admission";
        let times = 0;
        answers["/x"] = (request, response) => {
            times += 1;
            response.setHeader("retry-after", "0");
            json(times < 2 ? { message, reason: "Forbidden" } : { ok: true }, times < 2 ? 403 : 200)(request, response);
        };
        expect(await cluster.client.get("/x")).toEqual({ ok: true });
        expect(times).toBe(2);
    });

    test("that refuses says why, with the causes", async () => {
        const causes = [{ field: "spec.x", message: "is wrong" }];
        answers["/x"] = json({ message: "no", reason: "Invalid", details: { causes } }, 422);
        const error = await cluster.client.get("/x").catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(ApiError);
        expect(error).toMatchObject({ code: 422, message: "no", reason: "Invalid", causes });
    });

    test("that hangs up in the middle leaves it open whether the request took effect", async () => {
        answers["/x"] = (request) => request.socket.destroy();
        await expect(cluster.client.send("PATCH", "/x", { body: {} })).rejects.toThrow(InterruptedError);
    });
});
