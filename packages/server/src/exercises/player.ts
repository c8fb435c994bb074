/** player: plays a run without people: looks every half second at what waits and does it as the people would. It remembers nothing, so a
 *  restart plays on. */
import type { Log } from "../platform/log/index.ts";
import type { Facts } from "./facts.ts";
import type { Players } from "./port.ts";
import type { StoredRun } from "./store.ts";

export interface PlayerOptions {
  readonly players: Players;
  readonly log: Log;
  facts(run: StoredRun): Promise<Facts>;
  answer(run: StoredRun, question: string, text: string): Promise<void>;
  tell(run: StoredRun, team: "security" | "operations"): Promise<void>;
}

export interface Player {
  /** One look; a fault is logged and the next look tries again. */
  play(run: StoredRun): Promise<void>;
}

export function createPlayer({ players, log, facts, answer, tell }: PlayerOptions): Player {
  async function attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.warn({ error: String(error), what }, "The player of an exercise could not act; it tries again.");
    }
  }
  return {
    async play(run) {
      const known = await facts(run);
      if (known.alerts.some((alert) => alert.acknowledgedAt === null))
        await attempt("acknowledge", () => players.acknowledge(run.id));
      const { playbook } = run.file;
      const [incident] = known.incidents;
      if (playbook !== null && incident !== undefined && !known.runs.some((one) => one.playbook === playbook))
        await attempt("playbook", () => players.startPlaybook({ runId: run.id, playbook, incidentId: incident.id }));
      await attempt("approve", () => players.approve(run.id));
      await attempt("manual steps", () => players.doManualSteps(run.id));
      for (const one of run.file.injects) {
        if (
          one.kind !== "question" ||
          !known.injects.has(one.id) ||
          known.answers.some((given) => given.question === one.id)
        )
          continue;
        await attempt("answer", () => answer(run, one.id, one.correct ?? one.options[0] ?? "Understood."));
      }
      for (const wanted of run.file.expect) {
        if (wanted.kind !== "told") continue;
        const since = wanted.after === undefined ? known.startedAt : known.injects.get(wanted.after);
        if (since === undefined || known.told.some((told) => told.team === wanted.team && told.at >= since)) continue;
        // People tell others what they know: there must be something to tell.
        if (known.alerts.length > 0 || run.file.kind === "tabletop")
          await attempt("tell", () => tell(run, wanted.team));
      }
    },
  };
}
