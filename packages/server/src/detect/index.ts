/** index: the surface of detect. */
export { createDetect, type RulesHealth, type RulesLoaded } from "./create.ts";
export { createMatcher } from "./matcher.ts";
export type { RuleText } from "./rule-files.ts";
export type { EntityRole, Signal, SignalEntity, SignalField } from "./signal.ts";
export { storable } from "./signal.ts";
