/** kill-process.testing: a process that a test kills: it proposes and approves effects on a far side that is a file, so that what was done
 *  is known whatever becomes of the process. `node kill-process.testing.ts <json>`; prints "ready", and "idle" when nothing is left. */
import { appendFileSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { silentLog } from "../platform/log/index.ts";
import { createTables } from "../platform/tables/index.ts";
import { openTestArea } from "./area.testing.ts";
import { createFakeOutside } from "./outside.testing.ts";

export interface KillSetup {
  readonly url: string;
  /** Lines "isolate host", "release host", in the order they happened. */
  readonly file: string;
  /** Effects of this process: from, to. */
  readonly from: number;
  readonly to: number;
  /** Ends when all is settled; else runs until it is killed. */
  readonly finish: boolean;
}

export const isApproved = (effect: number): boolean => effect % 3 !== 0;
export const isUndone = (effect: number): boolean => effect % 2 === 0;
export const hostOf = (effect: number): string => `host-${effect}`;

if (process.argv[1] === import.meta.filename) {
  const setup = JSON.parse(process.argv[2] ?? "{}") as KillSetup;
  const tables = await createTables({ url: setup.url, engine: "embedded", log: silentLog, connections: 8 });
  const area = await openTestArea({
    opened: { tables, url: setup.url, close: () => tables.close() },
    outside: fileOutside(setup.file),
  });
  process.stdout.write("ready\n");
  for (let effect = setup.from; effect < setup.to; effect += 1) void work(effect);
  if (setup.finish) {
    for (let effect = 0; effect < setup.from; effect += 1) await work(effect);
    for (;;) {
      const effects = await area.respond.effectsOf("inc");
      const open = effects.filter((one) =>
        one.state === "done" ? one.undoAt !== null : ["ready", "sent", "undoing"].includes(one.state),
      );
      if (open.length === 0) break;
      await delay(50);
    }
    process.stdout.write("idle\n");
    await area.close();
    await tables.close();
    process.exit(0);
  }

  async function work(effect: number): Promise<void> {
    const made = await area.respond.propose({
      key: `effect-${effect}`,
      action: "isolate",
      connectorId: "fw",
      input: { host: hostOf(effect) },
      incidentId: "inc",
      runId: null,
      stepKey: null,
      playbookVersion: null,
      requestedBy: { id: "ann", name: "ann", team: "security" },
      reason: "test",
      undoAfterMs: isUndone(effect) ? 200 : null,
      exerciseId: null,
    });
    if (!isApproved(effect) || made.approvalId === null) return;
    const id = made.approvalId;
    const dan = area.as("dan", "operations");
    const { hash, state } = await area.respond.routes.getApproval({ params: { id }, query: {}, body: {} }, dan);
    if (state !== "waiting") return;
    await area.respond.routes.decideApproval(
      { params: { id }, query: {}, body: { verdict: "approve", reason: "", hash } },
      dan,
    );
  }
}

/** What holds is what the file's last line on a host says. It takes a moment before and after each act, for kills to hit. */
function fileOutside(file: string) {
  const fake = createFakeOutside();
  const moment = (): Promise<void> => delay(Math.random() * 30);
  const change = async (word: string, host: string) => {
    await moment();
    appendFileSync(file, `${word} ${host}\n`);
    await moment();
    return { kind: "done" as const, output: {}, evidence: `${word} ${host}` };
  };
  return Object.assign(fake, {
    perform: ({ input }) => change("isolate", String(input["host"])),
    undo: ({ input }) => change("release", String(input["host"])),
    probe: async ({ input }) => {
      const lines = readFileSync(file, "utf8").split("\n");
      const last = lines.findLast((line) => line.endsWith(` ${String(input["host"])}`));
      return {
        kind: "done" as const,
        output: { holds: last?.startsWith("isolate") ?? false },
        evidence: last ?? "never",
      };
    },
  } satisfies Partial<typeof fake>);
}
