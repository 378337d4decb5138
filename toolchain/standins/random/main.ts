/**
 * Stand-in for the random plugin, for machines where the official one can't be downloaded. Behaviour:
 * https://www.pulumi.com/registry/packages/random/. RandomPassword has no `bcryptHash`: it stays undefined.
 */
import { version } from "@pulumi/random/package.json";
import { serveProvider } from "../provider";
import { randomId, randomOctets, randomUuid } from "./octets";
import { randomText } from "./text";

void serveProvider({
    name: "random",
    version,
    resources: {
        "random:index/randomPassword:RandomPassword": randomText({ confidential: true }),
        "random:index/randomString:RandomString": randomText({ confidential: false }),
        "random:index/randomBytes:RandomBytes": randomOctets,
        "random:index/randomId:RandomId": randomId,
        "random:index/randomUuid:RandomUuid": randomUuid,
    },
    functions: {},
});
