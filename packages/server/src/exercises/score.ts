/** score: judges a run: each expectation against the facts. Pure: the same file, facts and time give the same score. Limits are
 *  minutes of real time, also when injects come faster: nobody has to be faster because the clock of the story is. */
import type { ExerciseFile, Expectation, ExpectationResult } from "@holdfast/contracts/exercises";
import type { Facts } from "./facts.ts";

export interface Score {
  readonly results: ExpectationResult[];
  readonly met: number;
  /** 0 to 100. */
  readonly score: number;
  /** No expectation can still change. */
  readonly settled: boolean;
}

/** @param now milliseconds since the epoch; `over` when the run has ended and nothing can still come */
export function scoreOf(file: ExerciseFile, facts: Facts, { now, over }: { now: number; over: boolean }): Score {
  const results = file.expect.map((one) => judge(one, file, { facts, now, over }));
  const met = results.filter((one) => one.state === "met").length;
  return {
    results,
    met,
    score: Math.round((100 * met) / file.expect.length),
    settled: results.every((one) => one.state !== "open"),
  };
}

interface Bench {
  readonly facts: Facts;
  readonly now: number;
  readonly over: boolean;
}

interface Event {
  readonly at: number;
  readonly because: string;
}

/** The inject that it follows; undefined: the start. */
const anchorOf = (one: Expectation): string | undefined => (one.kind === "answered" ? one.question : one.after);

/** What it follows has come. */
export function hasBegun(one: Expectation, { injects }: Pick<Facts, "injects">): boolean {
  const after = anchorOf(one);
  return after === undefined || injects.has(after);
}

function judge(one: Expectation, file: ExerciseFile, { facts, now, over }: Bench): ExpectationResult {
  const after = anchorOf(one);
  const since = after === undefined ? facts.startedAt : facts.injects.get(after);
  if (since === undefined) {
    const title = file.injects.find((inject) => inject.id === after)?.title ?? after ?? "";
    return open(one, over ? "missed" : "open", `"${title}" has not come yet`);
  }
  const limit = one.within * 60_000;
  const events = happened(one, file, facts)
    .filter(({ at }) => at >= since)
    .sort((a, b) => a.at - b.at);
  const [first] = events;
  if (first === undefined) {
    const wrong = wrongAnswer(one, facts);
    if (wrong !== undefined) return open(one, "missed", wrong);
    if (!over && now <= since + limit) return open(one, "open", `${left(since + limit - now)} left`);
    return open(one, "missed", nothing(one));
  }
  const took = first.at - since;
  return {
    expectation: one,
    state: took <= limit ? "met" : "late",
    at: new Date(first.at).toISOString(),
    tookSeconds: Math.round(took / 100) / 10,
    because: first.because,
  };
}

const open = (expectation: Expectation, state: "open" | "missed", because: string): ExpectationResult => ({
  expectation,
  state,
  at: null,
  tookSeconds: null,
  because,
});

function left(ms: number): string {
  return ms >= 120_000 ? `${Math.round(ms / 60_000)} min` : `${Math.max(0, Math.round(ms / 1000))} s`;
}

/** Everything that would meet it, with the fact in words. */
function happened(one: Expectation, file: ExerciseFile, facts: Facts): Event[] {
  switch (one.kind) {
    case "detected":
      return facts.alerts
        .filter((alert) => one.rules.includes(alert.ruleId))
        .map((alert) => ({ at: alert.raisedAt, because: `alert "${alert.title}"` }));
    case "incident":
      return facts.incidents.map((incident) => ({
        at: incident.openedAt,
        because: `INC-${incident.number} was opened`,
      }));
    case "acknowledged":
      return facts.alerts.flatMap((alert) =>
        alert.acknowledgedAt === null
          ? []
          : [{ at: alert.acknowledgedAt, because: `"${alert.title}" was acknowledged` }],
      );
    case "playbook":
      return facts.runs
        .filter((run) => run.playbook === one.playbook)
        .map((run) => ({ at: run.startedAt, because: `playbook ${run.playbook} was started` }));
    case "approved":
      return facts.effects
        .filter((effect) => effect.action === one.action)
        .flatMap((effect) => effect.approvals.map((approval) => ({ approval, effect })))
        .filter(({ approval }) => approval.team === one.by)
        .map(({ approval, effect }) => ({
          at: approval.at,
          because: `${approval.by} of ${approval.team} approved "${effect.title}"`,
        }));
    case "contained":
      return facts.effects.flatMap((effect) =>
        effect.provenAt !== null && one.actions.includes(effect.action)
          ? [{ at: effect.provenAt, because: `"${effect.title}" was carried out and proven` }]
          : [],
      );
    case "told":
      return facts.told
        .filter((told) => told.team === one.team)
        .map((told) => ({ at: told.at, because: `${told.by} told ${told.team}` }));
    case "answered":
      return facts.answers
        .filter((answer) => answer.question === one.question && isRight(answer.text, one.question, file))
        .map((answer) => ({ at: answer.at, because: `${answer.by} answered "${answer.text.slice(0, 200)}"` }));
  }
}

/** Only the first answer counts: one that is not right decides it. */
function wrongAnswer(one: Expectation, { answers }: Pick<Facts, "answers">): string | undefined {
  const given = one.kind === "answered" ? answers.find(({ question }) => question === one.question) : undefined;
  return given === undefined ? undefined : `${given.by} answered "${given.text.slice(0, 200)}", which is not right`;
}

/** A question without a right option is met by any answer. */
export function isRight(text: string, question: string, file: ExerciseFile): boolean {
  const asked = file.injects.find((inject) => inject.id === question);
  return asked?.kind !== "question" || asked.correct === undefined || asked.correct === text;
}

function nothing(one: Expectation): string {
  switch (one.kind) {
    case "detected":
      return `no alert of ${one.rules.join(" or ")} was raised`;
    case "incident":
      return "no incident was opened";
    case "acknowledged":
      return "nobody acknowledged an alert";
    case "playbook":
      return `playbook ${one.playbook} was not started`;
    case "approved":
      return `${one.action} was not approved by ${one.by}`;
    case "contained":
      return `none of ${one.actions.join(", ")} was carried out with proof`;
    case "told":
      return `${one.team} was not told`;
    case "answered":
      return "it was not answered, or not rightly";
  }
}
