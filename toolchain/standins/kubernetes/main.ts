/** `node main.js [ENGINE_ADDRESS]`: a stand-in of pulumi-resource-kubernetes, for machines where that can't be had. */
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { serve } from "../server";
import { Provider } from "./provider";

void serve((server) => server.addService(ResourceProviderService, new Provider().service));
