/** The ResourceProvider service: https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto */
import { Metadata, status as codes, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as wire from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { decode, encode, type Properties, reveal } from "../properties";
import { StatusError, unary } from "../server";
import { completeInputs, unservedType } from "./check";
import { diffInputs, propertyPath } from "./diff";
import { record, text } from "./objects";
import { notReadyMark } from "./outputs";
import { InitError, OperationError, Operations } from "./operations";
import { changesCluster, readSettings, settingFailures, type Settings } from "./settings";
import { decodeYaml } from "./yamlDecode";

/** The version of the SDK (@pulumi/kubernetes) that this plugin answers to. */
export const version = "4.34.2";

type Kind = keyof typeof wire.PropertyDiff.Kind;
const kinds: Readonly<Record<"add" | "delete" | "update", Kind>> = { add: "ADD", delete: "DELETE", update: "UPDATE" };

export class Provider {
    private settings: Settings = readSettings({});
    private made?: Operations;

    /** Made on first use, so that a stack whose objects need no cluster (or none yet) does not fail to start. */
    private get operations(): Operations {
        this.made ??= new Operations(this.settings);
        return this.made;
    }

    readonly service: UntypedServiceImplementation = {
        getPluginInfo: unary(() => withVersion()),
        handshake: unary(() => {
            const response = new wire.ProviderHandshakeResponse();
            response.setAcceptSecrets(true);
            response.setSupportsAutonamingConfiguration(true);
            return response;
        }),
        getSchema: unary(() => {
            const response = new wire.GetSchemaResponse();
            response.setSchema(
                JSON.stringify({ name: "kubernetes", version, resources: {}, functions: {}, types: {} }),
            );
            return response;
        }),
        checkConfig: unary((request: wire.CheckRequest) => checkConfig(request)),
        diffConfig: unary((request: wire.DiffRequest) => diffConfig(request)),
        configure: unary((request: wire.ConfigureRequest) => {
            this.settings = readSettings(decode(request.getArgs()));
            this.made = undefined;
            const response = new wire.ConfigureResponse();
            response.setAcceptsecrets(true);
            response.setSupportspreview(true);
            response.setSupportsAutonamingConfiguration(true);
            return response;
        }),
        invoke: unary((request: wire.InvokeRequest) => invoke(request)),
        check: unary((request: wire.CheckRequest) => this.check(request)),
        diff: unary((request: wire.DiffRequest) => this.diff(request)),
        create: unary((request: wire.CreateRequest) => answering(() => this.create(request))),
        read: unary((request: wire.ReadRequest) => answering(() => this.read(request))),
        update: unary((request: wire.UpdateRequest) => answering(() => this.update(request))),
        delete: unary((request: wire.DeleteRequest) => answering(() => this.delete(request))),
        cancel: unary(() => {
            if (this.made) this.made.cancelled = true;
            return new Empty();
        }),
        construct: unary((request: wire.ConstructRequest) => {
            throw unserved(request.getType());
        }),
        call: unary((request: wire.CallRequest) => {
            throw unserved(request.getTok());
        }),
    };

    private async check(request: wire.CheckRequest): Promise<wire.CheckResponse> {
        const reason = unservedType(typeOf(request.getUrn()));
        if (reason) return checkResponse(decode(request.getNews()), [{ property: "", reason }]);
        const news = decode(request.getNews());
        const autonaming = request.getAutonaming();
        const { DISABLE } = wire.CheckRequest.AutonamingOptions.Mode;
        const naming = {
            resourceName: request.getUrn().split("::").at(-1) ?? "",
            seed: request.getRandomseed_asU8(),
            proposed: autonaming?.getProposedName(),
            disabled: autonaming?.getMode() === DISABLE,
        };
        const space = await answering(() => this.operations.namespaceFor(news));
        const { inputs, failures } = completeInputs(decode(request.getOlds()), news, naming, space);
        return checkResponse(inputs, failures);
    }

    private diff(request: wire.DiffRequest): wire.DiffResponse {
        const olds = reveal(decode(request.getOlds())) as Properties;
        const oldInputs = reveal(decode(request.getOldInputs())) as Properties;
        const news = reveal(decode(request.getNews())) as Properties;
        const diff = diffInputs(oldInputs, news, olds, this.settings.mutability, request.getIgnorechangesList());
        const { changes } = diff;
        const response = new wire.DiffResponse();
        const { DIFF_NONE, DIFF_SOME } = wire.DiffResponse.DiffChanges;
        const unfinished = olds[notReadyMark] === true;
        response.setChanges(changes.length > 0 || unfinished ? DIFF_SOME : DIFF_NONE);
        response.setHasdetaileddiff(true);
        response.setDeletebeforereplace(diff.deleteBeforeReplace);
        response.setDiffsList([...new Set(changes.map(({ path }) => String(path[0])))]);
        response.setReplacesList([...new Set(changes.filter((c) => c.replace).map(({ path }) => propertyPath(path)))]);
        for (const { path, change, replace } of changes) {
            const kind: Kind = replace ? (`${kinds[change]}_REPLACE` as Kind) : kinds[change];
            const detail = new wire.PropertyDiff();
            detail.setKind(wire.PropertyDiff.Kind[kind]);
            detail.setInputdiff(true);
            response.getDetaileddiffMap().set(propertyPath(path), detail);
        }
        if (changes.length === 0 && unfinished) {
            response.setDiffsList(["status"]);
            response.getDetaileddiffMap().set("status", new wire.PropertyDiff().setKind(wire.PropertyDiff.Kind.UPDATE));
        }
        return response;
    }

    private async create(request: wire.CreateRequest): Promise<wire.CreateResponse> {
        const inputs = decode(request.getProperties());
        const response = new wire.CreateResponse();
        if (request.getPreview()) {
            response.setProperties(encode(await this.operations.previewCreate(inputs)));
            return response;
        }
        const { id, outputs } = await this.operations.create(inputs, request.getTimeout());
        response.setId(id);
        response.setProperties(encode(outputs));
        return response;
    }

    private async read(request: wire.ReadRequest): Promise<wire.ReadResponse> {
        const found = await this.operations.read(
            request.getId(),
            typeOf(request.getUrn()),
            decode(request.getInputs()),
            decode(request.getProperties()),
        );
        const response = new wire.ReadResponse();
        // An empty ID says that the object is gone.
        if (!found) return response;
        response.setId(found.id);
        response.setInputs(encode(found.inputs));
        response.setProperties(encode(found.outputs));
        return response;
    }

    private async update(request: wire.UpdateRequest): Promise<wire.UpdateResponse> {
        const inputs = decode(request.getNews());
        const oldInputs = decode(request.getOldInputs());
        const outputs = request.getPreview()
            ? await this.operations.previewUpdate(inputs, oldInputs, decode(request.getOlds()))
            : await this.operations.update(inputs, oldInputs, request.getTimeout());
        const response = new wire.UpdateResponse();
        response.setProperties(encode(outputs));
        return response;
    }

    private async delete(request: wire.DeleteRequest): Promise<Empty> {
        const olds = decode(request.getProperties());
        await this.operations.delete(request.getId(), decode(request.getOldInputs()), olds, request.getTimeout());
        return new Empty();
    }
}

function withVersion(): PluginInfo {
    const info = new PluginInfo();
    info.setVersion(version);
    return info;
}

/** `kubernetes:apps/v1:Deployment`: the last type of the URN's chain of parents. */
const typeOf = (urn: string) => urn.split("::")[2]?.split("$").at(-1) ?? "";

function checkConfig(request: wire.CheckRequest): wire.CheckResponse {
    const news = decode(request.getNews());
    return checkResponse(news, settingFailures(news));
}

function diffConfig(request: wire.DiffRequest): wire.DiffResponse {
    const olds = request.getOldInputs() ?? request.getOlds();
    const [before, after] = [decode(olds), decode(request.getNews())];
    const replaces = changesCluster(before, after);
    const { DIFF_NONE, DIFF_SOME } = wire.DiffResponse.DiffChanges;
    const response = new wire.DiffResponse();
    response.setReplacesList(replaces);
    const same = JSON.stringify(reveal(before)) === JSON.stringify(reveal(after));
    response.setChanges(same ? DIFF_NONE : DIFF_SOME);
    return response;
}

function invoke(request: wire.InvokeRequest): wire.InvokeResponse {
    if (request.getTok() !== "kubernetes:yaml:decode") throw unserved(request.getTok());
    const args = reveal(decode(request.getArgs())) as Properties;
    const response = new wire.InvokeResponse();
    try {
        const result = decodeYaml(text(args, "text") ?? "");
        response.setReturn(encode({ result }));
    } catch (error) {
        throw new StatusError(codes.INVALID_ARGUMENT, `the YAML can't be read: ${(error as Error).message}`);
    }
    return response;
}

function checkResponse(
    inputs: Properties,
    failures: readonly { property: string; reason: string }[],
): wire.CheckResponse {
    const response = new wire.CheckResponse();
    response.setInputs(encode(inputs));
    for (const { property, reason } of failures) {
        const failure = new wire.CheckFailure();
        failure.setProperty(property);
        failure.setReason(reason);
        response.addFailures(failure);
    }
    return response;
}

const unserved = (what: string) =>
    new StatusError(
        codes.UNIMPLEMENTED,
        unservedType(what) ??
            `this stand-in of the Kubernetes provider does not serve ${what}; the official provider does`,
    );

/** Runs an operation and turns its errors into what the engine understands. */
async function answering<T>(run: () => Promise<T>): Promise<T> {
    try {
        return await run();
    } catch (error) {
        if (error instanceof InitError) throw initFailed(error);
        // Any other code would leave the engine in doubt about what became of the object.
        if (error instanceof OperationError && !error.certain) throw new StatusError(codes.UNKNOWN, error.message);
        throw new StatusError(codes.FAILED_PRECONDITION, error instanceof Error ? error.message : String(error));
    }
}

/**
 * The object exists but is not ready: the engine keeps it in the state with the reasons. Both fields carry the outputs:
 * the engine takes `inputs` for the outputs of a create or update that failed so (sdk/go/common/resource/plugin,
 * parseError), and its own inputs for the inputs.
 */
function initFailed(error: InitError): StatusError {
    const outputs = encode(withoutManagedFields(error.outputs));
    const detail = new wire.ErrorResourceInitFailed();
    detail.setId(error.id);
    detail.setProperties(outputs);
    detail.setInputs(outputs);
    detail.setReasonsList([...error.reasons]);
    const packed = new Any();
    packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const status = new Status();
    status.setCode(codes.UNKNOWN);
    status.setMessage(error.message);
    status.addDetails(packed);
    const metadata = new Metadata();
    metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
    return new StatusError(codes.UNKNOWN, error.message.slice(0, 2000), metadata);
}

/** An error travels in a header, which is limited in size; managedFields are the largest part and of no use here. */
function withoutManagedFields(outputs: Properties): Properties {
    const { managedFields: _managedFields, ...metadata } = record(outputs, "metadata");
    return { ...outputs, metadata };
}
