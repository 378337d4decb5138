import * as pulumi from "@pulumi/pulumi";
import type { Matrix } from "../../matrix";
import type { MongoDB } from "../../components/mongodb/mongodb";
import type { Redis } from "../../components/redis";
import type { WebAppArgs } from "../../components/web-app";
import { hostOf } from "../../components/workload";
import type { Settings } from "./settings";

type Environment = Pick<WebAppArgs, "environment" | "secretEnvironment">;

/**
 * What the API is told. It reads its settings from variables alone (nconf: `A__B` is a.b, in lower case), those with a
 * password included, so these come from a Secret by reference.
 */
export function apiEnvironment(
    matrix: Matrix,
    settings: Settings,
    data: { readonly mongodb: MongoDB; readonly redis: Redis; readonly tokenSecret: pulumi.Output<string> },
): Environment {
    const { sites, mail, mailPassword, sms, smsToken, push, pushPrivateKey } = settings;
    return {
        environment: {
            NODE_ENV: "production",
            LOG_LEVEL: "info",
            TZ: settings.timezone,
            DEFAULT_TIMEZONE: settings.timezone,
            USER_WEBSITE_URL: `https://${sites.user}`,
            WHITELIST_DOMAINS: JSON.stringify(settings.registrationDomains),
            ...(mail && { MAIL__DEFAULT_FROM: mail.from }),
            ...(sms && { TWILIO__SID: sms.account, TWILIO__MESSAGING_SERVICE_SID: sms.messagingService }),
            ...(push && { VAPID__PUBLIC_KEY: push.publicKey }),
        },
        secretEnvironment: {
            MONGODB: data.mongodb.uri,
            ...(data.redis.url && { REDIS: data.redis.url }),
            TOKEN__SECRET: data.tokenSecret,
            ...(mail && mailPassword && { MAIL__TRANSPORTER__URL: mailUrl(matrix, mail.user, mailPassword) }),
            ...(sms && smsToken && { TWILIO__TOKEN: smsToken }),
            ...(push && pushPrivateKey && { VAPID__PRIVATE_KEY: pushPrivateKey }),
        },
    };
}

/**
 * The mail server's URL for nodemailer. It requires STARTTLS, a setting that nodemailer spells with capitals, which
 * variables of their own would lose; in a URL they stay. https://nodemailer.com/smtp
 */
function mailUrl(matrix: Matrix, user: string, password: pulumi.Output<string>): pulumi.Output<string> {
    const server = matrix.role("Serveur SMTP OVH");
    const [host] = server.hosts;
    const port = matrix.port("API", server.name);
    return pulumi.secret(
        password.apply(
            (word) => `smtp://${encodeURIComponent(user)}:${encodeURIComponent(word)}@${host}:${port}/?requireTLS=true`,
        ),
    );
}

/** What the applications that render on the server are told: one address of the API, for the server and the browser. */
export function appEnvironment(settings: Settings): Environment {
    const { sites, push, timezone } = settings;
    return {
        environment: {
            NODE_ENV: "production",
            HOST: "0.0.0.0",
            TZ: timezone,
            API_URL: `https://${sites.api}`,
            ...(push && { VAPID_PUBLIC_KEY: push.publicKey }),
        },
    };
}

/**
 * Sends an application's server-side calls for the API's public host to the API's Service, as the row from it to the
 * API says. Undefined without that row, or where a stack's images take an inside address themselves.
 */
export function serverSideCalls(matrix: Matrix, settings: Settings, app: string): WebAppArgs["preload"] {
    const api = matrix.role("API");
    const listed = matrix.flowsFrom(matrix.role(app)).some((flow) => flow.to === api);
    if (!listed || !settings.preload) return undefined;
    return { host: settings.sites.api, service: { host: hostOf(api), port: matrix.port(app, "API") } };
}
