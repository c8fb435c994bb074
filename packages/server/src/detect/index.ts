/** index: the surface of detect. */
export { createCorrelation } from "./correlation.ts";
export { createDetect, type Detect, type RulesHealth } from "./create.ts";
export { entitiesOf } from "./entity.ts";
export { createMatcher } from "./matcher.ts";
export type { RulesLoaded } from "./rule-keeper.ts";
export type { RuleLoad } from "./rule-load.ts";
export { createRehearsal } from "./rehearsal.ts";
export { reportOf } from "./outside-alert.ts";
export type { EntityRole, Signal, SignalEntity, SignalField, SignalReport } from "./signal.ts";
export { alerting, serialiseSignal, storable } from "./signal.ts";
