import type { LabelSelector } from "./kubernetes";

type Labels = Readonly<Record<string, string>>;

/**
 * Whether labels satisfy a selector: every matchLabels pair and every expression; the empty selector matches
 * everything, NotIn also where the key is absent.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function matches(selector: LabelSelector, labels: Labels): boolean {
    for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
        if (labels[key] !== value) {
            return false;
        }
    }
    return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
        const value: string | undefined = labels[key];
        switch (operator) {
            case "In":
                return value !== undefined && values.includes(value);
            case "NotIn":
                return value === undefined || !values.includes(value);
            case "Exists":
                return value !== undefined;
            case "DoesNotExist":
                return value === undefined;
            default:
                throw new Error(`"${operator}" is not an operator of a label selector`);
        }
    });
}

/**
 * Finds labelled things by selector without looking at each of them: by the scarcest label that the selector demands.
 */
export class LabelIndex {
    private readonly all: number[] = [];
    private readonly byLabel = new Map<string, number[]>();

    constructor(private readonly labelsOf: (item: number) => Labels) {}

    add(item: number): void {
        this.all.push(item);
        for (const [key, value] of Object.entries(this.labelsOf(item))) {
            const entry = `${key}=${value}`;
            const items = this.byLabel.get(entry);
            if (items === undefined) {
                this.byLabel.set(entry, [item]);
            } else {
                items.push(item);
            }
        }
    }

    find(selector: LabelSelector): number[] {
        let candidates = this.all;
        const narrow = (items: number[]) => {
            if (items.length < candidates.length) {
                candidates = items;
            }
        };
        for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
            narrow(this.byLabel.get(`${key}=${value}`) ?? []);
        }
        for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
            if (operator === "In") {
                narrow([...new Set(values)].flatMap((value) => this.byLabel.get(`${key}=${value}`) ?? []));
            }
        }
        return candidates.filter((item) => matches(selector, this.labelsOf(item)));
    }
}
