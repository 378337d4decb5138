/** A block of Alloy's configuration: `name "label" { … }`. */
export interface Block {
    readonly name: string;
    readonly label?: string;
    readonly attributes: Readonly<Record<string, string>>;
    readonly blocks: readonly Block[];
}

/** What a block may hold: its attributes, those it must have with a "!" before, and blocks in it. */
interface Shape {
    readonly attributes: readonly string[];
    readonly blocks?: Readonly<Record<string, Shape>>;
}

const flat = (...attributes: string[]): Shape => ({ attributes });

/**
 * The blocks of Alloy 1.18 that are used here with their arguments, from its reference:
 * https://grafana.com/docs/alloy/latest/reference/components/
 */
const SHAPES: Readonly<Record<string, Shape>> = {
    logging: flat("level", "format"),
    "discovery.kubernetes": { attributes: ["!role"], blocks: { namespaces: flat("own_namespace", "names") } },
    "discovery.relabel": {
        attributes: ["!targets"],
        blocks: { rule: flat("source_labels", "separator", "regex", "target_label", "replacement", "action") },
    },
    "loki.source.kubernetes": flat("!targets", "!forward_to"),
    "loki.process": {
        attributes: ["!forward_to"],
        blocks: {
            "stage.label_drop": flat("!values"),
            "stage.match": {
                attributes: ["!selector", "action"],
                blocks: {
                    "stage.json": flat("!expressions", "source"),
                    "stage.labels": flat("!values"),
                    "stage.label_drop": flat("!values"),
                    "stage.metrics": {
                        attributes: [],
                        blocks: {
                            "metric.counter": metric("!action"),
                            "metric.histogram": metric("!buckets"),
                        },
                    },
                },
            },
        },
    },
    "loki.write": { attributes: ["external_labels"], blocks: { endpoint: flat("!url") } },
};

function metric(own: string): Shape {
    return flat("!name", "description", "source", "prefix", "value", "max_idle_duration", own);
}

/** Reads a configuration as the component writes it: an attribute or a brace a line. Throws an Error for another line. */
export function readAlloy(text: string): Block[] {
    const open: { blocks: Block[]; attributes: Record<string, string> }[] = [{ blocks: [], attributes: {} }];
    text.split("\n").forEach((line, index) => {
        const head = /^ *([a-z_.]+)(?: "([a-z_]+)")? \{$/.exec(line);
        const attribute = /^ *([a-z_]+) += (\S.*)$/.exec(line);
        const top = open.at(-1)!;
        if (head) {
            const block = { name: head[1], label: head[2], attributes: {}, blocks: [] };
            top.blocks.push(block);
            open.push(block);
        } else if (/^ *\}$/.test(line) && open.length > 1) open.pop();
        else if (attribute) top.attributes[attribute[1]] = attribute[2];
        else if (line.trim() !== "") throw new Error(`Line ${index + 1} is neither block nor attribute: ${line}`);
    });
    if (open.length !== 1) throw new Error("A block is not closed.");
    return open[0].blocks;
}

/** What in blocks is not as Alloy's reference has it. */
export function strangers(blocks: readonly Block[], shapes: Readonly<Record<string, Shape>> = SHAPES): string[] {
    return blocks.flatMap((block) => {
        const shape = shapes[block.name];
        if (shape === undefined) return [`${block.name}: no such block here`];
        const given = Object.keys(block.attributes);
        const known = shape.attributes.map((name) => name.replace("!", ""));
        const needed = shape.attributes.filter((name) => name.startsWith("!")).map((name) => name.slice(1));
        return [
            ...given.filter((name) => !known.includes(name)).map((name) => `${block.name}: no argument ${name}`),
            ...needed.filter((name) => !given.includes(name)).map((name) => `${block.name}: lacks ${name}`),
            ...strangers(block.blocks, shape.blocks ?? {}),
        ];
    });
}

/** Every block, those in blocks too. */
export function allBlocks(blocks: readonly Block[]): Block[] {
    return blocks.flatMap((block) => [block, ...allBlocks(block.blocks)]);
}
