import { podTemplateRestricted } from "../rules/pod-template-restricted";
import type { Phrases } from "./phrases";
import { compiled, type CompiledRule } from "./policy";

export function restricted(_phrases: Phrases): CompiledRule {
    return compiled(podTemplateRestricted, "''");
}
