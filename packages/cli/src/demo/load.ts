/** load: the demo's estate and scenario from the files that come with the program. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { estateFile } from "@holdfast/contracts/estate-file";
import { castProblems, parseScenario, type Scenario, type ScenarioEstate } from "@holdfast/scenario";
import { PLACES } from "@holdfast/server/places";
import { parse } from "yaml";

export interface Demo {
  /** The estate file's text, as `holdfast estate import` takes it. */
  readonly estateText: string;
  readonly estate: ScenarioEstate;
  readonly scenario: Scenario;
}

export function loadDemo(name = "payroll-intrusion"): Demo {
  const estateText = readFileSync(join(PLACES.estate, "demo.yaml"), "utf8");
  const estate = estateFile.parse(parse(estateText));
  const parsed = parseScenario(readFileSync(join(PLACES.exercises, `${name}.yml`), "utf8"));
  if (!parsed.ok)
    throw new Error(
      `The scenario ${name} cannot be used: ${parsed.problems.map((p) => `line ${p.line}: ${p.message}`).join("; ")}`,
    );
  const problems = castProblems(parsed.scenario, estate);
  if (problems.length > 0)
    throw new Error(`The scenario ${name} does not fit the estate: ${problems.map((p) => p.message).join("; ")}`);
  return { estateText, estate, scenario: parsed.scenario };
}
