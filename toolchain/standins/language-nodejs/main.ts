/**
 * Stand-in for pulumi-language-nodejs, the plugin by which the engine runs Node.js programs and policy packs, for
 * machines where the official one can't be downloaded. Code generation is left out.
 * https://github.com/pulumi/pulumi/blob/master/proto/pulumi/language.proto
 */
import * as grpc from "@grpc/grpc-js";
import { type ILanguageRuntimeServer, LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/language_pb";
import { PackageDependency, PluginDependency, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { version } from "@pulumi/pulumi/version";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { engineAddress, serve, status, StatusError, unary } from "../server";
import { ending, start, stop, stopAll } from "./children";
import { runtimeOptions } from "./options";
import { directDependencies, installedPackages, requiredPlugins } from "./packages";
import { policyPackInvocation, programInvocation, programResult } from "./program";

let engine = engineAddress() ?? "";

const handlers: Partial<ILanguageRuntimeServer> & grpc.UntypedServiceImplementation = {
    handshake: unary<pb.LanguageHandshakeRequest, pb.LanguageHandshakeResponse>((request) => {
        engine = request.getEngineAddress() || engine;
        return new pb.LanguageHandshakeResponse();
    }),
    getPluginInfo: unary<Empty, PluginInfo>(() => new PluginInfo().setVersion(version)),
    getRequiredPlugins: unary<pb.GetRequiredPluginsRequest, pb.GetRequiredPluginsResponse>((request) => {
        const plugins = requiredPlugins(
            installedPackages(request.getInfo()?.getProgramDirectory() ?? request.getPwd()),
        );
        return new pb.GetRequiredPluginsResponse().setPluginsList(
            plugins.map((plugin) => described(new PluginDependency(), plugin)),
        );
    }),
    getRequiredPackages: unary<pb.GetRequiredPackagesRequest, pb.GetRequiredPackagesResponse>((request) => {
        const plugins = requiredPlugins(installedPackages(request.getInfo()!.getProgramDirectory()));
        return new pb.GetRequiredPackagesResponse().setPackagesList(
            plugins.map((plugin) => described(new PackageDependency(), plugin)),
        );
    }),
    run: unary<pb.RunRequest, pb.RunResponse>(async (request, call) => {
        if (request.getAttachDebugger()) {
            throw new StatusError(
                grpc.status.UNIMPLEMENTED,
                "the stand-in language host attaches no debugger: set the runtime option `nodeargs: --inspect-brk`",
            );
        }
        const { args, env } = programInvocation(request, engine);
        // What the program prints goes where the engine reads this host's own output.
        const child = start(process.execPath, args, { env, stdio: ["ignore", "inherit", "inherit"] });
        call.on("cancelled", () => stop(child));
        const { code, signal } = await ending(child);
        const { error, bail } = programResult(code, signal);
        return new pb.RunResponse().setError(error).setBail(bail);
    }),
    runPlugin(call: grpc.ServerWritableStream<pb.RunPluginRequest, pb.RunPluginResponse>) {
        streamed(call, async () => {
            const { request } = call;
            if (request.getKind() !== "analyzer") {
                throw new StatusError(
                    grpc.status.UNIMPLEMENTED,
                    `the stand-in language host runs policy packs alone, not plugins of kind ${request.getKind()}`,
                );
            }
            const { args, env } = policyPackInvocation(request);
            const child = start(process.execPath, args, {
                env,
                cwd: request.getPwd(),
                stdio: ["ignore", "pipe", "pipe"],
            });
            call.on("cancelled", () => stop(child));
            child.stdout!.on("data", (part: Buffer) => call.write(new pb.RunPluginResponse().setStdout(part)));
            child.stderr!.on("data", (part: Buffer) => call.write(new pb.RunPluginResponse().setStderr(part)));
            const { code } = await ending(child);
            call.write(new pb.RunPluginResponse().setExitcode(code ?? 1));
        });
    },
    installDependencies(
        call: grpc.ServerWritableStream<pb.InstallDependenciesRequest, pb.InstallDependenciesResponse>,
    ) {
        streamed(call, async () => {
            const { packageManager } = runtimeOptions(call.request.getInfo()?.getOptions());
            const child = start(packageManager, ["install"], {
                cwd: call.request.getDirectory(),
                stdio: ["ignore", "pipe", "pipe"],
            });
            call.on("cancelled", () => stop(child));
            child.stdout!.on("data", (part: Buffer) =>
                call.write(new pb.InstallDependenciesResponse().setStdout(part)),
            );
            child.stderr!.on("data", (part: Buffer) =>
                call.write(new pb.InstallDependenciesResponse().setStderr(part)),
            );
            const { code, signal } = await ending(child);
            if (code !== 0) throw new Error(`${packageManager} install failed: ${signal ?? `exit status ${code}`}`);
        });
    },
    runtimeOptionsPrompts: unary<pb.RuntimeOptionsRequest, pb.RuntimeOptionsResponse>(
        () => new pb.RuntimeOptionsResponse(),
    ),
    about: unary<pb.AboutRequest, pb.AboutResponse>(() =>
        new pb.AboutResponse().setExecutable(process.execPath).setVersion(process.version),
    ),
    getProgramDependencies: unary<pb.GetProgramDependenciesRequest, pb.GetProgramDependenciesResponse>((request) => {
        const folder = request.getInfo()?.getProgramDirectory() || request.getPwd();
        const packages = request.getTransitivedependencies() ? installedPackages(folder) : directDependencies(folder);
        return new pb.GetProgramDependenciesResponse().setDependenciesList(
            packages.map((each) => new pb.DependencyInfo().setName(each.name).setVersion(each.version)),
        );
    }),
    cancel: unary<Empty, Empty>(() => {
        stopAll();
        return new Empty();
    }),
};

function described<T extends PluginDependency | PackageDependency>(
    dependency: T,
    plugin: { name: string; version: string; server: string },
): T {
    dependency.setName(plugin.name);
    dependency.setKind("resource");
    dependency.setVersion(plugin.version);
    dependency.setServer(plugin.server);
    return dependency;
}

/** Ends the stream when the work is done, with the error it threw if any. */
function streamed<Request, Response>(
    call: grpc.ServerWritableStream<Request, Response>,
    work: () => Promise<void>,
): void {
    work().then(
        () => call.end(),
        (error) => call.emit("error", status(error)),
    );
}

void serve((server) => server.addService(LanguageRuntimeService, handlers), stopAll);
