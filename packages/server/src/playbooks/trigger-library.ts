/** trigger-library: the triggers there are: those that came with the program and those people wrote; each change is audited, and
 *  nobody overwrites what they have not seen. */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type PlaybookTrigger, triggerMode, type TriggerTrial } from "@holdfast/contracts/playbook-triggers";
import { parse } from "yaml";
import { z } from "zod";
import type { Actor } from "../platform/http-contract.ts";
import { fail } from "./errors.ts";
import type { Library } from "./library.ts";
import type { PlaybooksOptions, Someone } from "./port.ts";
import { judge, NAMES } from "./trigger-condition.ts";
import * as store from "./trigger-store.ts";

type Written = Pick<store.StoredTrigger, "name" | "playbookId" | "condition" | "mode" | "enabled" | "owner">;

export interface TriggerLibrary {
  list(playbookId?: string): Promise<PlaybookTrigger[]>;
  create(written: Written, by: Actor): Promise<PlaybookTrigger>;
  save(id: string, written: Written & { readonly basedOn: number }, by: Actor): Promise<PlaybookTrigger>;
  remove(id: string, by: Actor): Promise<void>;
  trial(condition: string): Promise<TriggerTrial>;
  /** Takes over what came with the program; a trigger that people changed stays as they left it. */
  loadShipped(): Promise<void>;
}

const HOLDFAST: Someone = { id: "holdfast", name: "Holdfast" };
const TRIAL = 50;
const file = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,99}$/),
  name: z.string().min(1),
  playbook: z.string().min(1),
  owner: z.string().min(1),
  mode: triggerMode,
  when: z.string().min(1),
});

export function createTriggerLibrary(options: PlaybooksOptions & { readonly library: Library }): TriggerLibrary {
  const { tables, clock, audit, cel, library } = options;
  const { db } = tables;

  const list = async (playbookId?: string): Promise<PlaybookTrigger[]> => {
    const [triggers, playbooks, fired] = await Promise.all([
      store.readTriggers(db),
      library.list(""),
      store.readFired(db),
    ]);
    return triggers
      .filter((trigger) => playbookId === undefined || trigger.playbookId === playbookId)
      .map((trigger) => {
        const playbook = playbooks.find(({ id }) => id === trigger.playbookId);
        const counts = fired.get(trigger.id);
        return {
          ...trigger,
          playbookName: playbook?.name ?? trigger.playbookId,
          createdAt: iso(trigger.createdAt),
          updatedAt: iso(trigger.updatedAt),
          fired: counts?.fired ?? 0,
          lastFiredAt: counts === undefined ? null : iso(counts.last),
          error: trigger.error === null ? null : { ...trigger.error, at: iso(trigger.error.at) },
          problem:
            playbook === undefined
              ? `There is no playbook "${trigger.playbookId}" any more.`
              : playbook.version === null
                ? `"${playbook.name}" is a draft: publish it before it runs.`
                : playbook.off === null
                  ? ""
                  : `"${playbook.name}" is switched off: ${playbook.off.reason}`,
        };
      });
  };
  const one = async (id: string): Promise<store.StoredTrigger> => {
    const [found] = await store.readTriggers(db, { id });
    if (found === undefined) throw fail("PLAYBOOKS_TRIGGER_UNKNOWN", `There is no trigger with the id "${id}".`);
    return found;
  };
  const view = async (id: string): Promise<PlaybookTrigger> => {
    const found = (await list()).find((trigger) => trigger.id === id);
    if (found === undefined) throw fail("PLAYBOOKS_TRIGGER_UNKNOWN", `There is no trigger with the id "${id}".`);
    return found;
  };
  const demandRight = async ({ condition, playbookId }: Written): Promise<void> => {
    const mistake = cel.check(condition, NAMES);
    if (mistake !== undefined) {
      const where = mistake.at === null ? "" : ` (character ${mistake.at + 1})`;
      throw fail("PLAYBOOKS_TRIGGER_INVALID", `The condition has a mistake${where}: ${mistake.reason}`, {
        details: { at: mistake.at, reason: mistake.reason },
      });
    }
    if (!(await library.list("")).some(({ id }) => id === playbookId))
      throw fail("PLAYBOOKS_UNKNOWN", `There is no playbook with the id "${playbookId}".`);
  };
  const write = (
    trigger: store.StoredTrigger,
    { basedOn, by, action }: { basedOn: number | null; by: Actor; action: "created" | "changed" },
  ): Promise<boolean> =>
    tables.transaction(async (tx) => {
      if (!(await store.saveTrigger(tx, trigger, basedOn))) return false;
      const { name, playbookId, condition, mode, enabled, owner, version } = trigger;
      await audit.append(tx, {
        actor: by,
        action: `playbook-trigger.${action}`,
        target: trigger.id,
        details: { name, playbookId, condition, mode, enabled, owner, version },
      });
      await tables.notify(tx, "playbooks.trigger.changed", { id: trigger.id, incidentId: null });
      return true;
    });

  return {
    list,
    async create(written, actor) {
      await demandRight(written);
      const by = someone(actor);
      const at = clock.now();
      const made = { createdAt: at, createdBy: by, updatedAt: at, updatedBy: by };
      const id = `trigger-${randomUUID()}`;
      const trigger = { ...written, ...made, id, origin: "own", version: 1, error: null } as const;
      await write(trigger, { basedOn: null, by: actor, action: "created" });
      return view(id);
    },
    async save(id, { basedOn, ...written }, actor) {
      const before = await one(id);
      await demandRight(written);
      const changed = { version: basedOn + 1, updatedAt: clock.now(), updatedBy: someone(actor) };
      const trigger = { ...before, ...written, ...changed, origin: "own" } as const;
      if (!(await write(trigger, { basedOn, by: actor, action: "changed" }))) {
        const { updatedBy, version } = await one(id);
        throw fail(
          "PLAYBOOKS_TRIGGER_CHANGED",
          `${updatedBy.name} changed this trigger meanwhile (version ${version}): look at it, then change it again.`,
        );
      }
      return view(id);
    },
    async remove(id, by) {
      const { name, createdBy } = await one(id);
      if (createdBy.id === HOLDFAST.id) {
        throw fail(
          "PLAYBOOKS_TRIGGER_SHIPPED",
          `"${name}" came with Holdfast and would come back: switch it off instead.`,
        );
      }
      await tables.transaction(async (tx) => {
        await store.deleteTrigger(tx, id);
        await audit.append(tx, { actor: by, action: "playbook-trigger.removed", target: id, details: { name } });
        await tables.notify(tx, "playbooks.trigger.changed", { id, incidentId: null });
      });
    },
    async trial(condition) {
      const mistake = cel.check(condition, NAMES);
      const empty = { mistake: null, asked: 0, fired: [], errors: [] };
      if (mistake !== undefined) return { ...empty, mistake: { reason: mistake.reason, at: mistake.at } };
      const trial: TriggerTrial = empty;
      for (const brief of await options.newestIncidents(TRIAL)) {
        const incident = await options.incident(brief.id);
        if (incident === undefined) continue;
        trial.asked += 1;
        const judged = judge(cel, condition, incident);
        if (judged.kind === "true") trial.fired.push({ ...brief, reasons: [...judged.reasons] });
        if (judged.kind === "error") trial.errors.push({ ...brief, reason: judged.reason });
      }
      return trial;
    },
    async loadShipped() {
      const { shippedTriggers } = options;
      if (shippedTriggers === undefined) return;
      const known = new Map((await store.readTriggers(db)).map((trigger) => [trigger.id, trigger]));
      for (const name of readdirSync(shippedTriggers).sort()) {
        if (!name.endsWith(".yml")) continue;
        const { playbook, when, ...read } = file.parse(parse(readFileSync(join(shippedTriggers, name), "utf8")));
        const before = known.get(read.id);
        const condition = when.trim();
        const at = clock.now();
        const written = { ...read, playbookId: playbook, condition, updatedAt: at, updatedBy: HOLDFAST, error: null };
        if (before === undefined) {
          const made = { enabled: true, origin: "shipped", version: 1, createdAt: at, createdBy: HOLDFAST } as const;
          await store.saveTrigger(db, { ...written, ...made }, null);
        } else if (before.origin === "shipped" && !same(before, written)) {
          await store.saveTrigger(db, { ...before, ...written, version: before.version + 1 }, before.version);
        }
      }
    },
  };
}

const iso = (at: number): string => new Date(at).toISOString();
const someone = ({ id, name }: Actor): Someone => ({ id, name });

function same(one: store.StoredTrigger, other: Omit<Written, "enabled">): boolean {
  return (["name", "playbookId", "condition", "mode", "owner"] as const).every((field) => one[field] === other[field]);
}
