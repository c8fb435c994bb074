/** parse-scenario: the text of a scenario file into a scenario, or every problem with its line. */
import { checkNames } from "./check-names.ts";
import { parseAction } from "./parse-action.ts";
import type { MapReader } from "./reading.ts";
import { readYaml } from "./reading.ts";
import type { BackgroundPart, Problem, Profile, Scenario, Step } from "./scenario.ts";
import { PROFILES } from "./scenario.ts";

export type ParsedScenario =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export function parseScenario(yamlText: string): ParsedScenario {
  const problems: Problem[] = [];
  const file = readYaml(yamlText, problems);
  if (problems.length > 0) return { ok: false, problems };
  const domain = file.map("domain");
  const scenario: Scenario = {
    id: file.text("id"),
    title: file.text("title"),
    story: file.text("story"),
    duration_ms: file.duration("duration", 86_400_000),
    ends_at_minutes: minutes(file, "ends_at"),
    domain: { netbios: domain.text("netbios"), dns: domain.text("dns") },
    hosts: cast(file.map("hosts")),
    people: cast(file.map("people")),
    background: file.maps("background").map(backgroundPart),
    attack: file.maps("attack").map((entry) => step(entry)),
  };
  domain.done();
  file.done();
  checkNames(scenario, problems);
  return problems.length === 0
    ? { ok: true, scenario }
    : { ok: false, problems: problems.sort((a, b) => a.line - b.line) };
}

function minutes(file: MapReader, key: string): number {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(file.text(key, "17:00"));
  if (match !== null) return Number(match[1]) * 60 + Number(match[2]);
  file.problem(key, 'must be a time of day in quotes such as "17:20"');
  return 0;
}

function cast(roles: MapReader): Map<string, string> {
  const names = new Map(roles.keys.map((role) => [role, roles.text(role)] as const));
  roles.done();
  return names;
}

function backgroundPart(entry: MapReader): BackgroundPart {
  const name = entry.text("profile");
  const profile = PROFILES.find((known) => known === name);
  if (profile === undefined) entry.problem("profile", `no profile "${name}"; known: ${PROFILES.join(", ")}`);
  const records = entry.number("records");
  if (records < 0 || records > 100_000) entry.problem("records", "must be 0 to 100,000 a host and day");
  const select: { tag?: string; kind?: string } = {};
  if (entry.has("tag")) select.tag = entry.text("tag");
  if (entry.has("kind")) select.kind = entry.text("kind");
  if (select.tag === undefined && select.kind === undefined) entry.problem("tag", "give a tag or a kind of asset");
  entry.done();
  const known: Profile = profile ?? PROFILES[0];
  return { profile: known, select, records, line: entry.line };
}

function step(entry: MapReader): Step {
  const read: Step = {
    id: entry.text("step"),
    title: entry.text("title"),
    before_end_ms: entry.duration("before_end"),
    techniques: entry.texts("techniques"),
    on: entry.text("on"),
    as: entry.text("as"),
    actions: entry.maps("do").flatMap((action) => parseAction(action) ?? []),
    line: entry.line,
  };
  for (const technique of read.techniques)
    if (!/^T\d{4}(\.\d{3})?$/.test(technique))
      entry.problem("techniques", `"${technique}" is no ATT&CK id such as T1059.001`);
  entry.done();
  return read;
}
