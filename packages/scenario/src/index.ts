/** scenario: a scenario file and an estate in, raw records of a believable run out. Pure: no clock, no I/O. */
export type { GenerateOptions } from "./generate.ts";
export { castProblems, generate } from "./generate.ts";
export type { ParsedScenario } from "./parse-scenario.ts";
export { parseScenario } from "./parse-scenario.ts";
export type { Problem, Scenario, ScenarioEstate, ScenarioRecord } from "./scenario.ts";
