/**
 * The ResourceProvider protocol over a table of resources and functions: what random and command have in common.
 * https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
 */
import * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { type IResourceProviderServer, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type Change, decode, differences, encode, type Properties, topLevel } from "./properties";
import { serve, StatusError, unary } from "./server";

/** What every operation on a resource is told. `timeoutSeconds` is 0 when the program set none. */
export interface Context {
    readonly urn: string;
    readonly timeoutSeconds: number;
}

export interface Failure {
    readonly property: string;
    readonly reason: string;
}

/** One resource type. Outputs are the whole state: inputs included. */
export interface Resource {
    /** What is wrong with the inputs; unknowns are to be let through. */
    validate(inputs: Properties): Failure[];
    /** Inputs with defaults filled in, so that writing a default down is no change. */
    normalise?(inputs: Properties): Properties;
    /** Whether a change of the property makes a new resource. */
    replaces(property: string): boolean;
    /** The outputs to show at preview: unknown where they are not known yet. */
    plan(inputs: Properties, before?: Properties): Properties;
    create(inputs: Properties, context: Context): Promise<{ id: string; outputs: Properties }>;
    /** Left out where every change replaces. */
    update?(before: Properties, inputs: Properties, context: Context): Promise<Properties>;
    delete?(outputs: Properties, context: Context): Promise<void>;
    /** Makes a resource of an id alone: `import`. Throws when the type has none or the id is wrong. */
    adopt(id: string): { id: string; inputs: Properties; outputs: Properties };
}

export interface Provider {
    readonly name: string;
    readonly version: string;
    readonly resources: Readonly<Record<string, Resource>>;
    readonly functions: Readonly<Record<string, (args: Properties) => Promise<Properties>>>;
    /** Stops what is under way: at the user's interrupt, and before the process ends. */
    readonly stop?: () => void;
}

/** Serves the provider until the engine ends it. */
export function serveProvider(provider: Provider): Promise<void> {
    return serve((server) => server.addService(ResourceProviderService, handlers(provider)), provider.stop);
}

const kinds = {
    add: [pb.PropertyDiff.Kind.ADD, pb.PropertyDiff.Kind.ADD_REPLACE],
    delete: [pb.PropertyDiff.Kind.DELETE, pb.PropertyDiff.Kind.DELETE_REPLACE],
    update: [pb.PropertyDiff.Kind.UPDATE, pb.PropertyDiff.Kind.UPDATE_REPLACE],
} satisfies Record<Change, unknown>;

function handlers(provider: Provider): Partial<IResourceProviderServer> & grpc.UntypedServiceImplementation {
    const resourceOf = (urn: string) => find(provider, provider.resources, "resource", typeOf(urn));
    const context = (request: { getUrn(): string; getTimeout(): number }): Context => ({
        urn: request.getUrn(),
        timeoutSeconds: request.getTimeout(),
    });
    return {
        handshake: unary<pb.ProviderHandshakeRequest, pb.ProviderHandshakeResponse>(() =>
            new pb.ProviderHandshakeResponse().setAcceptSecrets(true),
        ),
        checkConfig: unary<pb.CheckRequest, pb.CheckResponse>((request) =>
            new pb.CheckResponse().setInputs(request.getNews()),
        ),
        diffConfig: unary<pb.DiffRequest, pb.DiffResponse>(() =>
            new pb.DiffResponse().setChanges(pb.DiffResponse.DiffChanges.DIFF_NONE),
        ),
        configure: unary<pb.ConfigureRequest, pb.ConfigureResponse>(() =>
            new pb.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true),
        ),
        getPluginInfo: unary<Empty, PluginInfo>(() => new PluginInfo().setVersion(provider.version)),
        cancel: unary<Empty, Empty>(() => {
            provider.stop?.();
            return new Empty();
        }),
        getSchema: unary<pb.GetSchemaRequest, pb.GetSchemaResponse>(() => {
            throw new StatusError(
                grpc.status.UNIMPLEMENTED,
                `the stand-in for ${provider.name} has no schema: install the official plugin to generate code`,
            );
        }),
        invoke: unary<pb.InvokeRequest, pb.InvokeResponse>(async (request) => {
            const call = find(provider, provider.functions, "function", request.getTok());
            return new pb.InvokeResponse().setReturn(encode(await call(decode(request.getArgs()))));
        }),
        check: unary<pb.CheckRequest, pb.CheckResponse>((request) => {
            const failures = resourceOf(request.getUrn()).validate(decode(request.getNews()));
            return new pb.CheckResponse()
                .setInputs(request.getNews())
                .setFailuresList(
                    failures.map(({ property, reason }) =>
                        new pb.CheckFailure().setProperty(property).setReason(reason),
                    ),
                );
        }),
        diff: unary<pb.DiffRequest, pb.DiffResponse>((request) => {
            const resource = resourceOf(request.getUrn());
            const normalise = resource.normalise ?? ((inputs: Properties) => inputs);
            const changes = differences(
                normalise(decode(request.getOldInputs())),
                normalise(decode(request.getNews())),
            );
            return diffResponse(changes, (property) => resource.replaces(property));
        }),
        create: unary<pb.CreateRequest, pb.CreateResponse>(async (request) => {
            const resource = resourceOf(request.getUrn());
            const inputs = decode(request.getProperties());
            if (request.getPreview()) {
                return new pb.CreateResponse().setProperties(encode(resource.plan(inputs)));
            }
            const { id, outputs } = await resource.create(inputs, context(request));
            return new pb.CreateResponse().setId(id).setProperties(encode(outputs));
        }),
        read: unary<pb.ReadRequest, pb.ReadResponse>((request) => {
            const outputs = decode(request.getProperties());
            // A refresh brings the state along and nothing outside can have changed it; an import brings the id alone.
            if (Object.keys(outputs).length > 0) {
                return new pb.ReadResponse()
                    .setId(request.getId())
                    .setProperties(request.getProperties())
                    .setInputs(request.getInputs());
            }
            const adopted = resourceOf(request.getUrn()).adopt(request.getId());
            return new pb.ReadResponse()
                .setId(adopted.id)
                .setProperties(encode(adopted.outputs))
                .setInputs(encode(adopted.inputs));
        }),
        update: unary<pb.UpdateRequest, pb.UpdateResponse>(async (request) => {
            const resource = resourceOf(request.getUrn());
            const before = decode(request.getOlds());
            const inputs = decode(request.getNews());
            const update = resource.update?.bind(resource) ?? (async () => resource.plan(inputs, before));
            const outputs = request.getPreview()
                ? resource.plan(inputs, before)
                : await update(before, inputs, context(request));
            return new pb.UpdateResponse().setProperties(encode(outputs));
        }),
        delete: unary<pb.DeleteRequest, Empty>(async (request) => {
            await resourceOf(request.getUrn()).delete?.(decode(request.getProperties()), context(request));
            return new Empty();
        }),
    };
}

function diffResponse(changes: Map<string, Change>, replaces: (property: string) => boolean): pb.DiffResponse {
    const response = new pb.DiffResponse().setHasdetaileddiff(true);
    response.setChanges(
        changes.size > 0 ? pb.DiffResponse.DiffChanges.DIFF_SOME : pb.DiffResponse.DiffChanges.DIFF_NONE,
    );
    const properties = [...new Set([...changes.keys()].map(topLevel))];
    response.setDiffsList(properties);
    response.setReplacesList(properties.filter(replaces));
    for (const [path, change] of changes) {
        const kind = kinds[change][replaces(topLevel(path)) ? 1 : 0];
        response.getDetaileddiffMap().set(path, new pb.PropertyDiff().setKind(kind).setInputdiff(true));
    }
    return response;
}

/** The type in a URN: `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`. */
function typeOf(urn: string): string {
    return urn.split("::")[2].split("$").at(-1)!;
}

function find<T>(provider: Provider, table: Readonly<Record<string, T>>, what: string, token: string): T {
    if (Object.hasOwn(table, token)) return table[token];
    throw new StatusError(
        grpc.status.UNIMPLEMENTED,
        `the stand-in for the ${provider.name} plugin has no ${what} ${token} (it has ${Object.keys(table).join(", ")}): ` +
            `install the official plugin with \`pulumi plugin install resource ${provider.name} ${provider.version}\``,
    );
}
