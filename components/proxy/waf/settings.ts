/** Requests of one kind that some rules are not applied to, because those rules took them for attacks. */
export interface WafExclusion {
    /** Why the rules are wrong here; it stands in the generated configuration. */
    readonly reason: string;
    /** Rules of the Core Rule Set by id (911000 to 944999). */
    readonly rules?: readonly number[];
    /** Rules of the Core Rule Set by tag (`attack-sqli`), for what a whole class of them gets wrong. */
    readonly tags?: readonly string[];
    /** Only for this host. Left out: every host. */
    readonly host?: string;
    /** Only for paths that start so. Left out: every path. */
    readonly path?: string;
    /**
     * Only this value of the request, so that the rules go on judging the others: a parameter of the query or of a form
     * by its name, a JSON value by its path after `json.` (`json.note.text`). Left out: the whole request.
     */
    readonly parameter?: string;
    /** As `parameter`, for a cookie. */
    readonly cookie?: string;
    /** As `parameter`, for a header. */
    readonly header?: string;
}

/** The web application firewall: ModSecurity with the OWASP Core Rule Set. */
export interface WafSettings {
    /** `detect` is the degraded mode: rules are run and logged, and nothing is refused. Defaults to block. */
    readonly mode?: "block" | "detect";
    /**
     * How suspicious the rules are, from 1 (hardly a false positive) to 4.
     * https://coreruleset.org/docs/2-how-crs-works/2-2-paranoia_levels/ Defaults to 1.
     */
    readonly paranoiaLevel?: 1 | 2 | 3 | 4;
    /** Rules up to this level are logged without counting against a request. Defaults to paranoiaLevel. */
    readonly detectionParanoiaLevel?: 1 | 2 | 3 | 4;
    /**
     * The sum of scores from which a request is refused; a critical rule scores 5.
     * https://coreruleset.org/docs/2-how-crs-works/2-1-anomaly_scoring/ Defaults to 5.
     */
    readonly inboundThreshold?: number;
    /** Methods that requests may have. Defaults to GET, HEAD, POST, OPTIONS, PUT, PATCH and DELETE. */
    readonly methods?: readonly string[];
    /** Media types that bodies may have. Defaults to forms, JSON, XML and uploads. */
    readonly mediaTypes?: readonly string[];
    /** Largest body less its files (JSON, forms), in KiB; a site's own limit is for the whole. Defaults to 1024. */
    readonly bodyKibibytes?: number;
    readonly exclusions?: readonly WafExclusion[];
}

/** Where an image or a distribution keeps ModSecurity's connector and the rule set. */
export interface WafLayout {
    /** The connector, a dynamic module of nginx. */
    readonly module: string;
    /** The folder of the Core Rule Set's `*.conf` and their data. */
    readonly rules: string;
    /** The map of Unicode characters to those that a server may take them for. */
    readonly unicodeMap: string;
    /** The folder of what wafFiles() generates. */
    readonly configuration: string;
    /** What ModSecurity writes its audit log to; start.sh makes it a pipe whose reader masks what requests carried. */
    readonly auditLog: string;
}

/** What holds where a setting is left out. */
export const DEFAULTS = {
    mode: "block",
    paranoiaLevel: 1,
    inboundThreshold: 5,
    methods: ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"],
    mediaTypes: [
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json",
        "application/problem+json",
        "application/merge-patch+json",
        "application/json-patch+json",
        "text/xml",
        "application/xml",
    ],
    bodyKibibytes: 1024,
    exclusions: [],
} as const satisfies WafSettings;

/**
 * docker.io/owasp/modsecurity-crs:4-nginx: its entrypoint, which writes a configuration from variables, is not run.
 * (The variants whose tag ends in `read-only` move these files under /usr/local/bootstrap for their entrypoint to copy
 * back; the plain ones are read where they are, and need nothing writable but the temporary folder.)
 * https://github.com/coreruleset/modsecurity-crs-docker/blob/main/nginx/Dockerfile
 */
export const IMAGE_LAYOUT: Pick<WafLayout, "module" | "rules" | "unicodeMap"> = {
    module: "/etc/nginx/modules/ngx_http_modsecurity_module.so",
    rules: "/opt/owasp-crs/rules",
    unicodeMap: "/etc/modsecurity.d/unicode.mapping",
};
