export { type Diagnostic, type Place, type Severity, MatrixError, formatDiagnostic } from "./diagnostics";
export { type FlowChange, diffMatrices } from "./diff";
export { type FilteringRule, type Question } from "./filtering-rules";
export { type Document, type Flow, flowId } from "./flow";
export { readDocument } from "./flows";
export { type Answer, type Inventory, type RoleEntry, type RoleKind, readInventory } from "./inventory";
export { type Life } from "./life";
export { lint } from "./lint";
export { type MatrixFiles, loadMatrix, loadPlatform, platformFiles } from "./load";
export { Matrix, type ResolvedFlow, UnknownRole } from "./matrix";
export { didYouMean, slug } from "./names";
export { type PortCell, type PortItem, type PortRange, type Transport } from "./ports";
export {
    PortSyntaxError,
    parsePortCell,
    printPortCell,
    printRange,
    rangesCover,
    rangesOverlap,
    sortRanges,
} from "./ports";
export { applicationsByRange, applicationsIn } from "./protocol";
export { resolve } from "./resolve";
export { type Listener, MissingRow, Role, connectedLabel, nameLabel } from "./role";
