/** Writing CEL, the expression language of admission policies. https://kubernetes.io/docs/reference/using-api/cel/ */

/** A string literal. https://github.com/google/cel-spec/blob/master/doc/langdef.md#string-and-bytes-values */
export function text(value: string): string {
    return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n")}'`;
}

/** A list of string literals. */
export function texts(values: readonly string[]): string {
    return `[${values.map(text).join(", ")}]`;
}

/**
 * A sentence with expressions in the place of some of its parts: `cut("a 80 b", { "80": "string(n)" })` is
 * `'a ' + string(n) + ' b'`. The longest part that fits is taken first. Throws when a part does not stand in it.
 */
export function cut(sentence: string, parts: Readonly<Record<string, string>>): string {
    const known = Object.keys(parts).sort((a, b) => b.length - a.length);
    const pattern = new RegExp(`(${known.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`);
    const pieces = known.length === 0 ? [sentence] : sentence.split(pattern);
    const missing = known.filter((part) => !pieces.includes(part));
    if (missing.length > 0) throw new Error(`"${missing.join('", "')}" does not stand in: ${sentence}`);
    return pieces
        .filter((piece) => piece !== "")
        .map((piece) => (Object.hasOwn(parts, piece) ? parts[piece] : text(piece)))
        .join(" + ");
}

/** What stands between two sentences about one object. */
const BETWEEN = "  ";

/** The sentences about the elements of a list to which a condition applies, as one text; `index` and `item` are names. */
export function about(list: string, index: string, item: string, condition: string, sentence: string): string {
    return `${list}.transformList(${index}, ${item}, ${condition}, ${sentence} + '${BETWEEN}').join('')`;
}

/** What is said of each element of a list, as one text. */
export function each(list: string, index: string, item: string, said: string): string {
    return `${list}.transformList(${index}, ${item}, ${said}).join('')`;
}

/** A sentence where a condition applies, no text otherwise. */
export function when(condition: string, sentence: string): string {
    return `(${condition} ? ${sentence} + '${BETWEEN}' : '')`;
}

/** A value under another name, where a variable of the policy can't stand: inside a comprehension. */
export function bind(name: string, value: string, expression: string): string {
    return `[${value}].map(${name}, ${expression})[0]`;
}

/** Joins as a sentence does: `a`, `a and b`, `a, b and c`. */
export function enumeration(list: string): string {
    return bind(
        "all",
        list,
        "all.transformList(at, one, at == 0 ? one : at == all.size() - 1 ? ' and ' + one : ', ' + one).join('')",
    );
}

/** Different texts in their order, which a map's keys have not. */
export const sorted = (list: string): string =>
    bind("some", list, "some.transformList(at, one, some.filter(x, some.filter(y, y < x).size() == at)[0])");

/** `8088/TCP` */
export const portText = (transport: string, number: string): string => `string(${number}) + '/' + ${transport}`;

/** The cells of a row for a port: `| 8088 | TCP |`, `| 53/UDP | UDP |`. */
export const portCells = (transport: string, number: string): string =>
    `'| ' + string(${number}) + (${transport} == 'TCP' ? '' : '/' + ${transport}) + ' | ' + ${transport} + ' |'`;

/** The labels of a map as texts, `key=value`. */
export const pairs = (map: string): string => `${map}.map(key, key + '=' + ${map}[key])`;

/** The labels that a label selector asks for: those it lists, and expressions that name a single value. */
export function selectorPairs(selector: string): string {
    const labels = `${selector}.?matchLabels.orValue({})`;
    const expressions = `${selector}.?matchExpressions.orValue([])`;
    const single = "x.operator == 'In' && x.?values.orValue([]).size() == 1";
    return `(${pairs(labels)} + ${expressions}.filter(x, ${single}).map(x, x.key + '=' + x.values[0]))`;
}

/** The keys of the roles that labels stand for in a namespace, the first of them theirs: see parameters.ts. */
export function rolesOf(namespace: string, labels: string): string {
    const fits = `line != '' && line.split('|')[1].split(',').all(label, label in ${labels})`;
    return `params.data[${namespace} + '.roles'].split('\\n').filter(line, ${fits}).map(line, line.split('|')[0])`;
}

/** A parameter of a role of the request's namespace. */
export const fact = (role: string, name: string, namespace = "request.namespace"): string =>
    `params.data[${namespace} + '.' + ${role} + '.${name}']`;

/** Whether every port from one number to another is one of the listeners `TCP/80/80`. */
export function isListed(listeners: string, transport: string, from: string, to = from): string {
    const fits = `int(l.split('/')[1]) <= ${from} && ${to} <= int(l.split('/')[2])`;
    return `${listeners}.exists(l, l.startsWith(${transport} + '/') && ${fits})`;
}
