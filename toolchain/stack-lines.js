/**
 * Keeps a program that throws from hanging. The source maps of @pulumi/pulumi name their files one folder too high
 * (`node_modules/@pulumi/resource.ts`), and `util.inspect` of Node.js 20.20, by which Pulumi prints an error, searches
 * for ever for the end of a scoped package's name in such a line: half a minute at full load, then no stack at all.
 * Loaded before the program (`nodeargs: --require ./toolchain/stack-lines.js` in Pulumi.yaml), this puts the folder back.
 *
 * Pulumi also notes the stack of every promise that it makes, to be shown where PULUMI_DEBUG_PROMISE_LEAKS is set; looking
 * up their lines takes a tenth of a preview, so elsewhere they have none.
 */
"use strict";

const fileUnderScope = /([/\\]node_modules[/\\]@pulumi[/\\])(?=[^/\\\s()]+\.[cm]?[jt]s\b)/g;

const complete = (stack) => (typeof stack === "string" ? stack.replace(fileUnderScope, "$1pulumi/") : stack);

const notesPromises = process.env.PULUMI_DEBUG_PROMISE_LEAKS;
const isPromiseNote = (sites) => !notesPromises && sites?.[0]?.getFunctionName() === "debuggablePromise";

/** What was last assigned to `Error.prepareStackTrace`: source-map-support does so when Pulumi starts. */
let assigned = Error.prepareStackTrace;
let completing;

Object.defineProperty(Error, "prepareStackTrace", {
    configurable: true,
    enumerable: true,
    get: () => completing,
    set(prepare) {
        assigned = prepare;
        completing =
            typeof prepare === "function"
                ? (...given) => (isPromiseNote(given[1]) ? "" : complete(assigned.apply(Error, given)))
                : prepare;
    },
});
Error.prepareStackTrace = assigned;

module.exports = { complete };
