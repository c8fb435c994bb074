/** settings-routes: the versioned settings of triage, and the risk of entities that they lead to. */
import type { SettingsVersion, triageSettingsRoutes } from "@holdfast/contracts/triage-settings";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import type { Tables, Transaction } from "../platform/tables/index.ts";
import { lockTriage } from "./alert-store.ts";
import { rescore } from "./apply-risk.ts";
import { fail } from "./errors.ts";
import { scoreOf } from "./risk.ts";
import { listRisk, riskByKey, subjectsAfter } from "./risk-list-store.ts";
import { readRisk } from "./risk-store.ts";
import { previewSettings } from "./settings-preview.ts";
import { addSettings, currentSettings, settingsVersions } from "./settings-store.ts";

export interface SettingsContext {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly audit: AuditLog;
}

type Routes = Handlers<typeof triageSettingsRoutes>;

export function settingsRoutes(
  context: SettingsContext,
): Pick<
  Routes,
  "getTriageSettings" | "listTriageSettings" | "putTriageSettings" | "previewTriageSettings" | "listRisk" | "getRisk"
> {
  const { tables, clock } = context;
  return {
    getTriageSettings: () => currentSettings(tables.db),
    listTriageSettings: async ({ query }) => {
      const before = query.cursor === undefined ? Number.MAX_SAFE_INTEGER : Number.parseInt(query.cursor, 10);
      if (!Number.isSafeInteger(before))
        throw fail("TRIAGE_CURSOR_INVALID", "Ask for the first page without a cursor.");
      // int4 in the table
      const items = await settingsVersions(tables.db, { before: Math.min(before, 2_147_483_647), limit: query.limit });
      const last = items[items.length - 1];
      return { items, next: last === undefined || last.version === 0 ? null : String(last.version) };
    },
    putTriageSettings: ({ body }, call) => putSettings(context, { ...body, actor: call.actor }),
    previewTriageSettings: async ({ body }) => {
      const { settings } = await currentSettings(tables.db);
      return previewSettings(tables.db, { before: settings, after: body.settings, now: clock.now() });
    },
    listRisk: async ({ query }) => {
      const { settings } = await currentSettings(tables.db);
      return listRisk(tables.db, query, { settings: settings.risk, now: clock.now() });
    },
    getRisk: async ({ params }) => {
      const { settings, version } = await currentSettings(tables.db);
      const now = clock.now();
      const found = await riskByKey(tables.db, params.id, { settings: settings.risk, now });
      const known = (await readRisk(tables.db, [params.id])).get(params.id);
      if (found === undefined || known === undefined) {
        throw fail(
          "TRIAGE_RISK_UNKNOWN",
          `Nothing counts for the risk of "${params.id.slice(0, 80)}": take a key from GET /api/risk.`,
        );
      }
      const at = Math.max(now, Date.parse(found.entity.lastSeen));
      const { parts, sum, spread, score } = scoreOf(known.parts, {
        standing: known.standing,
        settings: settings.risk,
        at,
      });
      return {
        ...found.entity,
        score,
        parts: [...parts],
        sum,
        spread,
        settingsVersion: version,
        openings: found.openings,
      };
    },
  };
}

const SLICE = 500;

async function putSettings(
  { tables, clock, audit }: SettingsContext,
  asked: Pick<SettingsVersion, "note" | "settings"> & {
    readonly base: number;
    readonly actor: Parameters<AuditLog["append"]>[1]["actor"];
  },
): Promise<SettingsVersion> {
  return tables.transaction(async (tx) => {
    await lockTriage(tx);
    const before = await currentSettings(tx);
    if (before.version !== asked.base) {
      throw fail(
        "TRIAGE_SETTINGS_CHANGED",
        `The settings are at version ${before.version} by ${before.by}, not ${asked.base}: read them again and make your change there.`,
      );
    }
    const { note, settings, actor } = asked;
    const version = before.version + 1;
    await addSettings(tx, { version, at: clock.now(), by: actor.name, note, settings });
    if (JSON.stringify(before.settings.risk) !== JSON.stringify(settings.risk)) await rescoreAll(tx, settings.risk);
    await audit.append(tx, {
      actor,
      action: "triage.settings.changed",
      target: `version ${version}`,
      details: { note },
    });
    return currentSettings(tx);
  });
}

async function rescoreAll(tx: Transaction, settings: SettingsVersion["settings"]["risk"]): Promise<void> {
  for (let after = ""; ; ) {
    const subjects = await subjectsAfter(tx, after, SLICE);
    const last = subjects[subjects.length - 1];
    if (last === undefined) return;
    await rescore(tx, settings, subjects);
    after = last.key;
  }
}
