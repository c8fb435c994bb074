/** generate: a scenario on an estate into the records of one run, sorted by time. The same scenario, estate, seed and start give
 *  the same bytes; records are written lazily, so a caller can send the first while the last is still an object. */
import { attackOf } from "./attack.ts";
import type { Scene } from "./background/activity.ts";
import { linuxServer } from "./background/linux-server.ts";
import { cloudTrail, kubernetesAudit } from "./background/platforms.ts";
import { webAccess } from "./background/web-access.ts";
import { windowsClient } from "./background/windows-client.ts";
import { domainController, windowsServer } from "./background/windows-server.ts";
import { dayOf } from "./day.ts";
import { seeded } from "./random.ts";
import type { BackgroundPart, Problem, Profile, Scenario, ScenarioEstate, ScenarioRecord, Step } from "./scenario.ts";
import { buildWorld, type Emission } from "./world.ts";

export interface GenerateOptions {
  readonly seed: string;
  /** Start of the run; its end is this plus the scenario's duration. */
  readonly startMs: number;
  readonly estate: ScenarioEstate;
  /** Multiplies the background: 1 is what the file says, 0 leaves the attack alone. */
  readonly volume?: number;
  /** False leaves the attack out: an ordinary day, for example to go on with after a replay. */
  readonly attack?: boolean;
}

/** What the scenario names and the estate does not have. Empty means that generate will run. */
export function castProblems(scenario: Scenario, estate: ScenarioEstate): Problem[] {
  const problems: Problem[] = [];
  const assets = new Set(estate.assets.map((asset) => asset.name));
  const identities = new Set(estate.identities.map((identity) => identity.name));
  for (const [role, name] of scenario.hosts)
    if (!assets.has(name))
      problems.push({ line: 0, message: `the host "${name}" (role ${role}) is no asset of the estate` });
  for (const [role, name] of scenario.people)
    if (!identities.has(name))
      problems.push({ line: 0, message: `the person "${name}" (role ${role}) is no identity of the estate` });
  for (const part of scenario.background)
    if (!estate.assets.some((asset) => selected(part, asset)))
      problems.push({
        line: part.line,
        message: `no asset of the estate has ${part.select.tag ?? part.select.kind} for ${part.profile}`,
      });
  return problems;
}

/** Throws RangeError for a scenario with cast problems: ask castProblems first. */
export function* generate(scenario: Scenario, options: GenerateOptions): Iterable<ScenarioRecord> {
  const { seed, startMs, estate, volume = 1 } = options;
  const world = buildWorld(scenario, estate, seed);
  const day = dayOf(startMs, scenario.duration_ms, scenario.ends_at_minutes);
  const drafts: { emission: Emission; step: Step | undefined }[] = [];
  for (const part of scenario.background) {
    for (const asset of estate.assets) {
      const host = world.hosts.get(asset.name);
      if (host === undefined || !selected(part, asset)) continue;
      const scene = { world, host, day, random: seeded(`${seed}/${part.profile}/${asset.name}`) };
      const records = (part.records * volume * scenario.duration_ms) / 86_400_000;
      if (records > 0)
        for (const emission of WORK[part.profile](scene, records)) drafts.push({ emission, step: undefined });
    }
  }
  if (options.attack !== false) {
    const attack = attackOf(scenario, world, { random: seeded(`${seed}/attack`), end_ms: day.end_ms });
    for (const { emission, step } of attack) drafts.push({ emission, step });
  }
  drafts.sort((a, b) => a.emission.at_ms - b.emission.at_ms);
  for (const { emission, step } of drafts) {
    const { at_ms, input, source } = emission;
    const record = { at_ms, input, source, text: emission.write() };
    yield step === undefined
      ? { ...record, label: "background" }
      : { ...record, label: "attack", step: step.id, techniques: step.techniques };
  }
}

const selected = (part: BackgroundPart, asset: ScenarioEstate["assets"][number]): boolean =>
  (part.select.tag === undefined || asset.tags.includes(part.select.tag)) &&
  (part.select.kind === undefined || asset.kind === part.select.kind);

const WORK: Readonly<Record<Profile, (scene: Scene, records: number) => Emission[]>> = {
  "windows-client": windowsClient,
  "windows-server": windowsServer,
  "domain-controller": domainController,
  "linux-server": linuxServer,
  "web-access": webAccess,
  cloudtrail: cloudTrail,
  "kubernetes-audit": kubernetesAudit,
};
