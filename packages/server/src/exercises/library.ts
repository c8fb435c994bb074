/** library: the exercise files and the scenarios they take their telemetry from, read once at start. A broken file is listed with its
 *  problems and never stops the others. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ExerciseFile, exerciseFile } from "@holdfast/contracts/exercises";
import { parseScenario, type Scenario } from "@holdfast/scenario";
import { parse } from "yaml";

const ENDING = ".exercise.yml";

export interface LibraryEntry {
  readonly id: string;
  readonly file: ExerciseFile | undefined;
  readonly scenario: Scenario | undefined;
  readonly problems: readonly string[];
}

export function readLibrary(directory: string): Map<string, LibraryEntry> {
  const entries = readdirSync(directory)
    .filter((name) => name.endsWith(ENDING))
    .sort()
    .map((name) => readEntry(directory, name));
  return new Map(entries.map((entry) => [entry.id, entry]));
}

function readEntry(directory: string, name: string): LibraryEntry {
  const id = name.slice(0, -ENDING.length);
  const broken = (...problems: string[]): LibraryEntry => ({ id, file: undefined, scenario: undefined, problems });
  const read = readYaml(join(directory, name));
  if (!read.ok) return broken(`${name}: ${read.reason}`);
  const parsed = exerciseFile.safeParse(read.value);
  if (!parsed.success)
    return broken(
      ...parsed.error.issues.map((issue) => `${name}, ${issue.path.join(".") || "file"}: ${issue.message}`),
    );
  const file = parsed.data;
  if (file.id !== id) return broken(`${name}: the id "${file.id}" is not the name of the file`);
  if (file.scenario === null) return { id, file, scenario: undefined, problems: [] };
  const scenario = readScenario(join(directory, `${file.scenario}.yml`), file.scenario);
  if (!scenario.ok) return broken(`${name}: ${scenario.reason}`);
  const known = new Set(scenario.value.attack.map((step) => step.id));
  const unknown = file.injects.flatMap((one) =>
    one.kind === "telemetry" ? one.steps.filter((step) => !known.has(step)) : [],
  );
  if (unknown.length > 0) return broken(`${name}: scenario ${file.scenario} has no step ${unknown.join(", ")}`);
  return { id, file, scenario: scenario.value, problems: [] };
}

type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

function readYaml(path: string): Read<unknown> {
  try {
    return { ok: true, value: parse(readFileSync(path, "utf8")) };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

function readScenario(path: string, id: string): Read<Scenario> {
  try {
    const parsed = parseScenario(readFileSync(path, "utf8"));
    if (parsed.ok) return { ok: true, value: parsed.scenario };
    const [first] = parsed.problems;
    return { ok: false, reason: `scenario ${id}, line ${first?.line ?? 0}: ${first?.message ?? "cannot be read"}` };
  } catch {
    return { ok: false, reason: `there is no scenario ${id}` };
  }
}
