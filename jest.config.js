/** The projects: unit and policy tests are fast and need nothing; integration drives the real engine and cluster. */
const transform = {
    "^.+\\.[jt]s$": [
        "@swc/jest",
        { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
    ],
};
const project = (displayName, testMatch, more = {}) => ({
    displayName,
    testMatch,
    transform,
    // execa is published as ECMAScript modules only.
    transformIgnorePatterns: [
        "/node_modules/(?!(execa|@sindresorhus|figures|is-plain-obj|is-stream|npm-run-path|path-key|pretty-ms|parse-ms|strip-final-newline|unicorn-magic|yoctocolors|get-stream|human-signals|is-unicode-supported|signal-exit|cross-spawn)/)",
    ],
    modulePathIgnorePatterns: ["<rootDir>/.tools/", "<rootDir>/dist/"],
    ...more,
});
module.exports = {
    testSequencer: "<rootDir>/test/sequencer.js",
    projects: [
        project("unit", ["<rootDir>/test/**/*.test.ts"], {
            testPathIgnorePatterns: [
                "/node_modules/",
                "<rootDir>/test/integration/",
                "<rootDir>/test/toolchain/conformance/",
                "<rootDir>/test/programs/",
                "<rootDir>/test/jobs/",
                "<rootDir>/test/oracle/",
            ],
        }),
        // Real programs from Debian: nginx, sh, openssl.
        project("programs", ["<rootDir>/test/programs/**/*.test.ts"]),
        // The judge of policies against an independent one, .tools/bin/netpol-analyzer.
        project("oracle", ["<rootDir>/test/oracle/**/*.test.ts"]),
        // The jobs' bundles against real object storage (versitygw), age, mongosh and FerretDB.
        project("jobs", ["<rootDir>/test/jobs/**/*.test.ts"]),
        // The stand-ins through the real engine, then the platform on its own cluster.
        project("conformance", ["<rootDir>/test/toolchain/conformance/**/*.test.ts"]),
        project("integration", ["<rootDir>/test/integration/**/*.test.ts"]),
    ],
};
