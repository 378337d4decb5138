"use strict";
/*
 * Loaded before an application by NODE_OPTIONS=--require: its calls for the API's public host go to the API's Service
 * inside the cluster, as the flow matrix has it (App → API), instead of out through the public proxy.
 *
 * Every other host is left alone. The API sees the request as the proxy would have sent it: the public Host and
 * X-Forwarded-Proto: https. Covered: http(s).request and .get in all their forms, and so axios, got, ws, node-fetch;
 * and the global fetch. Not covered: http2.connect, for the Service speaks HTTP/1.1.
 *
 *   MATRICE_API_HOST     the public host, such as api.example.org
 *   MATRICE_API_SERVICE  where it is inside, such as http://api.shop.svc.cluster.local:80
 *
 * With neither variable nothing happens. Plain JavaScript without dependencies, for Node.js 12 and later.
 */
const http = require("http");
const https = require("https");
const { URL, urlToHttpOptions } = require("url");

const PREFIX = "preload.js: ";

/** The public host and the Service's address; undefined when not asked for. Throws an Error on a setting amiss. */
function readSettings(environment) {
    const host = environment.MATRICE_API_HOST || "";
    const service = environment.MATRICE_API_SERVICE || "";
    if (host === "" && service === "") return undefined;
    if (!/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(host)) {
        throw new Error(
            PREFIX + "MATRICE_API_HOST must be a host name such as api.example.org, not " + JSON.stringify(host),
        );
    }
    let url;
    try {
        url = new URL(service);
    } catch {
        url = undefined;
    }
    if (url === undefined || url.protocol !== "http:" || url.pathname !== "/" || url.search !== "" || url.hash !== "") {
        throw new Error(
            PREFIX +
                "MATRICE_API_SERVICE must be like http://api.shop.svc.cluster.local, not " +
                JSON.stringify(service),
        );
    }
    if (url.hostname === host.toLowerCase()) throw new Error(PREFIX + "MATRICE_API_SERVICE is the public host itself");
    return { host: host.toLowerCase(), hostname: url.hostname, port: url.port === "" ? 80 : Number(url.port) };
}

/** Ports of the public site. Another port of the same host is another program: left alone. */
const PUBLIC_PORTS = { "https:": 443, "http:": 80 };

function isPublicSite(settings, protocol, hostname, port) {
    if (typeof hostname !== "string" || hostname.toLowerCase().replace(/\.$/, "") !== settings.host) return false;
    return port === undefined || port === null || port === "" || Number(port) === PUBLIC_PORTS[protocol];
}

/** The options that node:http itself would make of a URL (urlToHttpOptions, since Node.js 15.7). */
function optionsOfUrl(url) {
    if (urlToHttpOptions) return urlToHttpOptions(url);
    const options = {
        protocol: url.protocol,
        hostname: url.hostname.replace(/^\[|\]$/g, ""),
        path: url.pathname + url.search,
    };
    if (url.port !== "") options.port = Number(url.port);
    if (url.username || url.password) {
        options.auth = decodeURIComponent(url.username) + ":" + decodeURIComponent(url.password);
    }
    return options;
}

/** request(url, options?, callback?) and request(options, callback?), read as node:http reads them. */
function readArguments(input, second, third) {
    if (typeof input === "string" || input instanceof URL) {
        const url = typeof input === "string" ? new URL(input) : input;
        const withOptions = typeof second === "object" && second !== null;
        return {
            options: Object.assign(optionsOfUrl(url), withOptions ? second : undefined),
            callback: typeof second === "function" ? second : third,
        };
    }
    return { options: Object.assign({}, input), callback: second };
}

/** Headers in any form that node:http takes (object, pairs, flat list) with two of them set; the input is not changed. */
function withHeaders(headers, host) {
    const forced = { host: host, "x-forwarded-proto": "https" };
    const result = {};
    const add = (name, value) => {
        const key = String(name).toLowerCase();
        // A Host that the caller chose is the caller's affair.
        if (key === "host" && value !== undefined) delete forced.host;
        if (key === "x-forwarded-proto") return;
        if (key in result && Array.isArray(headers)) result[key] = [].concat(result[key], value);
        else result[key] = value;
    };
    if (Array.isArray(headers)) {
        if (headers.length > 0 && Array.isArray(headers[0])) headers.forEach((pair) => add(pair[0], pair[1]));
        else for (let i = 0; i + 1 < headers.length; i += 2) add(headers[i], headers[i + 1]);
    } else if (headers) {
        Object.keys(headers).forEach((name) => add(name, headers[name]));
    }
    return Object.assign(result, forced);
}

/** What only made sense for the TLS connection to the public host. */
const OF_THE_CONNECTION = [
    "agent",
    "createConnection",
    "_defaultAgent",
    "defaultPort",
    "servername",
    "localAddress",
    "family",
];

function toService(settings, options) {
    const inside = Object.assign({}, options);
    const agent = options.agent;
    OF_THE_CONNECTION.forEach((name) => delete inside[name]);
    // An agent for plain HTTP, or none at all, still fits.
    if (agent === false || (agent && agent.protocol === "http:")) inside.agent = agent;
    delete inside.host;
    return Object.assign(inside, {
        protocol: "http:",
        hostname: settings.hostname,
        port: settings.port,
        headers: withHeaders(options.headers, settings.host),
    });
}

function install(settings) {
    const request = http.request;
    [
        { module: http, protocol: "http:" },
        { module: https, protocol: "https:" },
    ].forEach((target) => {
        const original = target.module.request;
        target.module.request = function (input, second, third) {
            let call;
            try {
                call = readArguments(input, second, third);
            } catch {
                // Not a URL: the original says so better.
                return original.apply(this, arguments);
            }
            const options = call.options;
            const protocol = options.protocol || target.protocol;
            const port = options.port || options.defaultPort;
            const hostname = options.hostname || options.host;
            if (
                protocol !== target.protocol ||
                options.socketPath ||
                !isPublicSite(settings, protocol, hostname, port)
            ) {
                return original.apply(this, arguments);
            }
            return request.call(http, toService(settings, options), call.callback);
        };
        // Node's own get calls the request it was built with, not the one above.
        target.module.get = function () {
            const outgoing = target.module.request.apply(this, arguments);
            outgoing.end();
            return outgoing;
        };
    });
    // For `import { request } from "node:https"`.
    const { syncBuiltinESMExports } = require("module");
    if (syncBuiltinESMExports) syncBuiltinESMExports();

    if (typeof globalThis.fetch === "function") installFetch(settings, globalThis.fetch);
}

/** Where Node.js keeps the dispatcher that its fetch uses; it stands there once fetch was touched. */
function globalDispatcher() {
    return globalThis[Symbol.for("undici.globalDispatcher.1")] || globalThis[Symbol.for("undici.globalDispatcher.2")];
}

function installFetch(settings, original) {
    const isPublicUrl = (text) => {
        try {
            const url = new URL(text);
            return url.protocol in PUBLIC_PORTS && isPublicSite(settings, url.protocol, url.hostname, url.port);
        } catch {
            return false;
        }
    };
    const origin = "http://" + settings.hostname + ":" + settings.port;
    // fetch forbids a Host header of one's own, so the call is turned one layer below, where it gets its connection.
    // This also catches the redirects that fetch follows by itself. A dispatcher of the caller's is passed over: it was
    // made for the public host (its TLS options, its address).
    const dispatcher = {
        dispatch: (options, handler) => {
            const next = isPublicUrl(String(options.origin))
                ? Object.assign({}, options, { origin: origin, headers: withHeaders(options.headers, settings.host) })
                : options;
            return globalDispatcher().dispatch(next, handler);
        },
    };
    globalThis.fetch = function fetch(input, init) {
        const isRequest = (value) => typeof value === "object" && value instanceof globalThis.Request;
        if (!isPublicUrl(isRequest(input) ? input.url : String(input))) return original.apply(this, arguments);
        // Fields of a Request are not its own properties: they would be lost below.
        if (isRequest(init)) return fetch.call(this, new globalThis.Request(input, init));
        return original.call(this, input, Object.assign({}, init, { dispatcher: dispatcher }));
    };
}

const settings = readSettings(process.env);
if (settings !== undefined) install(settings);
