export { checkObject, checkStack, objectRules, ruleNames, stackRules } from "./check";
export { CONNECTED } from "./connected-label-present";
export { EXCEPTION, readExceptions, type Exception, type ReadException } from "./exceptions";
export { Field, UNKNOWN, UnknownValue } from "./field";
export { knownObjects } from "./known-objects";
export { atLevels, loweredFindings, loweredRules, parseLevels, type Level, type Levels } from "./levels";
export { formatFinding, resourceName } from "./rule";
export type { Finding, ObjectRule, RuleContext, StackRule } from "./rule";
