/** index: the surface of detect. */
export {
  type CurrentRules,
  createDetect,
  type Detect,
  type DetectOptions,
  type RulesHealth,
  type RulesLoaded,
} from "./create.ts";
export { createMatcher, type Matcher } from "./matcher.ts";
export type { RuleText } from "./rule-files.ts";
export type { EntityRole, MatchInput, Signal, SignalEntity, SignalField } from "./signal.ts";
export { storable } from "./signal.ts";
