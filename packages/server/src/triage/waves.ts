/** waves: one rule on very many entities within minutes is one cause: its alerts are gathered in one incident, tie to nothing else
 *  and so cannot glue what is unrelated. A second rule on the same entities belongs to the same wave. */
import type { Transaction } from "../platform/tables/index.ts";
import type { TriageSettings } from "./apply.ts";
import { incidentId } from "./apply-joins.ts";
import type { Collapsed } from "./collapse.ts";
import { nextNumber } from "./join-store.ts";
import { waveReason } from "./reason.ts";
import * as store from "./wave-store.ts";

export interface Waves {
  /** Alerts that stand in a wave now and did not before this block. */
  readonly members: ReadonlySet<string>;
  readonly opened: readonly string[];
  readonly growth: readonly store.WaveGrowth[];
}

interface Work {
  readonly settings: TriageSettings;
  /** Those that stand in the queue. */
  readonly alerts: readonly Collapsed[];
  readonly now: number;
}

/** Before the alerts are written: new ones of a rule whose wave stands are born as its members. */
export async function enterWaves(tx: Transaction, { settings, alerts, now }: Work): Promise<void> {
  const groups = byRule(alerts.filter((alert) => alert.isNew));
  if (groups.size === 0) return;
  for (const { key, incidentId: id } of await store.openWaves(tx, [...groups.keys()], now - settings.joinMs)) {
    for (const alert of groups.get(key)?.alerts ?? []) {
      alert.incidentId = id;
      alert.inWave = true;
    }
  }
}

/** After the alerts are written: opens waves that have risen, and counts what fell on those that stand. */
export async function gatherWaves(tx: Transaction, work: Work): Promise<Waves> {
  const { settings, now } = work;
  const growth = new Map<string, store.Growing>();
  const members = new Set<string>();
  const born = new Map<string, Collapsed[]>();
  for (const alert of work.alerts) {
    if (!alert.inWave || alert.incidentId === null) continue;
    const siblings = born.get(alert.incidentId);
    if (alert.isNew && siblings !== undefined) siblings.push(alert);
    else if (alert.isNew) born.set(alert.incidentId, [alert]);
    else
      store.grow(growth, alert.incidentId, { alert: { ...store.memberOf(alert), count: alert.added }, isNew: false });
  }
  const take = async (id: string, title: string, alerts: readonly store.WaveMember[]): Promise<void> => {
    const reason = waveReason(title, settings.waveBound, settings.waveMs);
    const ids = alerts.map((alert) => alert.id);
    await store.insertMembers(tx, { incidentId: id, ids, reason, now });
    for (const alert of alerts) {
      store.grow(growth, id, { alert, isNew: true });
      members.add(alert.id);
    }
  };
  for (const [id, alerts] of born) {
    for (const group of byRule(alerts).values()) await take(id, group.title, group.alerts.map(store.memberOf));
  }
  const opened: string[] = [];
  const groups = byRule(work.alerts.filter((alert) => alert.isNew && !alert.inWave));
  for (const rising of await store.risingRules(tx, { groups: [...groups.values()], ...settings })) {
    const group = groups.get(rising.key);
    const [founder] = rising.free;
    if (group === undefined || founder === undefined) continue;
    const near = await store.sameEntities(tx, { ...group, sample: placesOf(group), since: now - settings.joinMs });
    const id = near ?? (await open(tx, { group, founder: founder.id, now }));
    if (near === undefined) opened.push(id);
    await store.nameWave(tx, id, rising.key);
    await take(id, group.title, rising.free);
  }
  return { members, opened, growth: [...growth].map(([id, grown]) => ({ incidentId: id, ...grown })) };
}

function byRule(alerts: readonly Collapsed[]): Map<string, store.WaveGroup & { alerts: Collapsed[] }> {
  const groups = new Map<string, store.WaveGroup & { alerts: Collapsed[] }>();
  for (const alert of alerts) {
    const { ruleId, exerciseId, title } = alert;
    const key = store.waveKey(ruleId, exerciseId);
    const group = groups.get(key);
    if (group !== undefined) group.alerts.push(alert);
    else groups.set(key, { ruleId, exerciseId, title, alerts: [alert] });
  }
  return groups;
}

const SAMPLE = 100;

function placesOf(group: store.WaveGroup): string[] {
  return group.alerts.slice(0, SAMPLE).map(({ entity }) => entity.value.toLowerCase());
}

async function open(
  tx: Transaction,
  wave: { readonly group: store.WaveGroup; readonly founder: string; readonly now: number },
): Promise<string> {
  const number = await nextNumber(tx);
  const id = incidentId(number, wave.founder);
  const { exerciseId, title } = wave.group;
  await store.insertWave(tx, { id, number, title, exerciseId, now: wave.now });
  return id;
}
