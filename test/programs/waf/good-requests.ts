import type { Request } from "./waf";

/** A request that a person or a program of good faith sends. */
export interface GoodRequest extends Request {
    readonly what: string;
}

const json = (method: string, path: string, value: unknown, type = "application/json"): Request => ({
    method,
    path,
    headers: { "Content-Type": type },
    body: JSON.stringify(value),
});
const form = (path: string, fields: Record<string, string>): Request => ({
    method: "POST",
    path,
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields).toString(),
});
const upload = (path: string, file: string, type: string, content: string): Request => ({
    method: "POST",
    path,
    headers: { "Content-Type": "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW" },
    body: [
        "------WebKitFormBoundary7MA4YWxkTrZu0gW",
        'Content-Disposition: form-data; name="title"',
        "",
        "Quarterly report",
        "------WebKitFormBoundary7MA4YWxkTrZu0gW",
        `Content-Disposition: form-data; name="file"; filename="${file}"`,
        `Content-Type: ${type}`,
        "",
        content,
        "------WebKitFormBoundary7MA4YWxkTrZu0gW--",
        "",
    ].join("\r\n"),
});
const good = (what: string, request: Request): GoodRequest => ({ what, ...request });

const TOKEN = `${"eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9"}.${"eyJzdWIiOiI0MiIsImV4cCI6MTc5NTM0MDgwMH0"}.${"c2lnbmF0dXJl".repeat(20)}`;
const withToken = { headers: { Authorization: `Bearer ${TOKEN}` } };

export const GOOD_REQUESTS: readonly GoodRequest[] = [
    good("the home page", { path: "/" }),
    good("HEAD of the home page", { path: "/", method: "HEAD" }),
    good("a health check", { path: "/health" }),
    good("a script with a hash in its name", { path: "/assets/index-B3x9_kQz.js" }),
    good("a font", { path: "/assets/inter-v13-latin-regular.woff2" }),
    good("an image with a size", { path: "/images/avatar.png?w=256&h=256&fit=cover" }),
    good("the documentation of an API", { path: "/openapi.json" }),
    good("a page of a list", { path: "/v1/agents?limit=50&offset=100&sort=-created_at" }),
    good("a list filtered by dates", { path: "/v1/runs?from=2026-11-01T00:00:00Z&to=2026-11-22T23:59:59%2B01:00" }),
    good("a search in French", { path: `/v1/search?q=${encodeURIComponent("réunion de l'équipe à Évry")}` }),
    good("a search in Japanese", { path: `/v1/search?q=${encodeURIComponent("会議の議事録")}` }),
    good("a search for a person", { path: `/v1/search?q=${encodeURIComponent("Sinead O'Connor")}` }),
    good("a search with quotes", { path: `/v1/search?q=${encodeURIComponent('"annual report" 2025')}` }),
    good("an address of mail as parameter", { path: "/v1/users?email=jane.doe%2Bwork%40example.org" }),
    good("an identifier", { path: "/v1/agents/0b0d3c1e-7c0f-4e0b-9a53-0a3f6d1f3a11" }),
    good("a token", { path: "/v1/me", ...withToken }),
    good("cookies of a session", { path: "/v1/me", headers: { Cookie: "session=Zm9vYmFy; theme=dark; lang=fr-FR" } }),
    good("a conditional request", { path: "/v1/me", headers: { "If-None-Match": 'W/"5e-3fd"' } }),
    good("a part of a file", { path: "/files/report", headers: { Range: "bytes=0-1023" } }),
    good("a question before a call from another origin", {
        path: "/v1/agents",
        method: "OPTIONS",
        headers: {
            Origin: "https://app.example.org",
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    }),
    good("a new agent", json("POST", "/v1/agents", { name: "Assistant", model: "large", temperature: 0.2, tools: [] })),
    good("an agent put", json("PUT", "/v1/agents/7", { name: "Assistant", tools: ["search", "calendar"] })),
    good("an agent patched", json("PATCH", "/v1/agents/7", { name: "Jean-François's assistant" })),
    good("an agent deleted", { path: "/v1/agents/7", method: "DELETE" }),
    good("a merge patch", json("PATCH", "/v1/agents/7", { name: null }, "application/merge-patch+json")),
    good(
        "a JSON patch",
        json("PATCH", "/v1/agents/7", [{ op: "replace", path: "/name", value: "B" }], "application/json-patch+json"),
    ),
    good("JSON with a character set", json("POST", "/v1/notes", { text: "ok" }, "application/json; charset=utf-8")),
    good("an empty object", json("POST", "/v1/runs", {})),
    good("nested JSON", json("POST", "/v1/runs", { input: { messages: [{ role: "user", content: "Hello!" }] } })),
    good("a long prompt", json("POST", "/v1/runs", { input: "Summarise this paragraph. ".repeat(4000) })),
    good(
        "a prompt with several lines",
        json("POST", "/v1/runs", { input: "Dear all,\n\nPlease find below:\n- one\n- two\n" }),
    ),
    good("a prompt with a price", json("POST", "/v1/runs", { input: "It costs $5 & 10% more than in 2024 (≈ 3 €)." })),
    good(
        "a prompt with a link",
        json("POST", "/v1/runs", { input: "Read https://example.org/a?b=c and tell me more" }),
    ),
    good("a chat with emoji", json("POST", "/v1/runs", { input: "Merci beaucoup 🙏🎉" })),
    good("numbers and booleans", json("POST", "/v1/settings", { retries: 3, dryRun: false, ratio: 0.75, note: null })),
    good(
        "a document of Notion",
        json("POST", "/v1/import", { object: "page", id: "59833787-2cf9-4fdf-8782-e53db20768a5" }),
    ),
    good("a list of 500 values", json("POST", "/v1/batch", { ids: Array.from({ length: 500 }, (_, index) => index) })),
    good("sign-in by a form", form("/login", { email: "jane@example.org", password: "correct horse battery staple" })),
    good("sign-in with a strong password", form("/login", { email: "jane@example.org", password: "x7!Kq#9vLm2@" })),
    good("the return from Google's sign-in", {
        path:
            "/oauth/google/callback?state=af0ifjsldkj&code=4%2F0AX4XfWh7r3&scope=email%20profile%20openid%20" +
            "https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fuserinfo.email&authuser=0&prompt=consent",
        headers: { Referer: "https://accounts.google.com/" },
    }),
    good("the return from Microsoft's sign-in", {
        path: "/oauth/microsoft/callback?code=0.AXoAb1c2-d3e4_f5&state=12345&session_state=5b1b2f40-3c0e-4a53",
        headers: { Referer: "https://login.microsoftonline.com/" },
    }),
    good("the return from Notion's sign-in", { path: "/oauth/notion/callback?code=03aBcD-eFgH&state=xyz" }),
    good("the return of a refused consent", {
        path: "/oauth/google/callback?error=access_denied&error_description=The%20user%20denied%20access&state=xyz",
    }),
    good("a redirect to an own page", { path: "/login?next=%2Fv1%2Fagents%3Flimit%3D10" }),
    good(
        "an exchange of a code",
        form("/oauth/token", {
            grant_type: "authorization_code",
            code: "SplxlOBeZQQYbYS6WxSbIA",
            code_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            client_id: "s6BhdRkqt3",
        }),
    ),
    good("a refreshed token", form("/oauth/token", { grant_type: "refresh_token", refresh_token: TOKEN })),
    good("a signed webhook", {
        ...json("POST", "/hooks/github", { action: "opened", number: 12 }),
        headers: { "Content-Type": "application/json", "X-Hub-Signature-256": `sha256=${"0a".repeat(32)}` },
    }),
    good("a photograph uploaded", upload("/v1/files", "photo.jpg", "image/jpeg", "\u0001JFIF\u0002".repeat(2000))),
    good("a table uploaded", upload("/v1/files", "données 2026.csv", "text/csv", "name;total\nA;1\nB;2\n")),
    good(
        "a PDF uploaded",
        upload("/v1/files", "report (final).pdf", "application/pdf", `%PDF-1.7\n${"x".repeat(300_000)}`),
    ),
    good("an XML document", {
        method: "POST",
        path: "/v1/import",
        headers: { "Content-Type": "application/xml" },
        body: '<?xml version="1.0" encoding="UTF-8"?><note><to>Jane</to><text>Hello</text></note>',
    }),
    good("a stream of events", { path: "/v1/runs/7/events", headers: { Accept: "text/event-stream" } }),
    good("a client in Python", { path: "/v1/me", headers: { "User-Agent": "python-httpx/0.27.0" } }),
];
