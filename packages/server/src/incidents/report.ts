/** report: one incident on one page for somebody who was not there: what, when, which services, the essential moments, who was
 *  waited for how long, what was done, what is still open. Facts only; how they look is the renderers' part. */
import type { TimelineItem } from "@holdfast/contracts/triage";
import { requireIncident, type WorkContext } from "./context.ts";
import { statesOf } from "./state-store.ts";
import { durationText } from "./wait-sum.ts";
import { workOf } from "./work.ts";

export interface Report {
  readonly title: string;
  /** It did not happen: said first and loudest. */
  readonly isExercise: boolean;
  readonly facts: readonly (readonly [string, string])[];
  readonly summary: string;
  readonly moments: readonly { readonly at: string; readonly who: string; readonly text: string }[];
  /** How many of each section are not on the page. */
  readonly left: Readonly<Record<"moments" | "decisions" | "done" | "open" | "waits", number>>;
  /** Texts were shortened. */
  readonly isCut: boolean;
  readonly waits: readonly (readonly [string, string])[];
  readonly done: readonly string[];
  readonly decisions: readonly { readonly at: string; readonly text: string; readonly why: string }[];
  readonly open: readonly string[];
  readonly madeAt: string;
}

const MOST_MOMENTS = 24;
/** What was done to a system, also where nobody knows whether it was; proposals, refusals and approvals are moments. */
const ACTED = /^(?:Done|Rehearsed|Undone|Could not be undone|Outcome unknown)\b/;

export async function reportOf(context: WorkContext, id: string): Promise<Report> {
  const incident = await requireIncident(context, id);
  const [detail, work, states] = await Promise.all([
    context.triage.incidentDetail(incident.id),
    workOf(context, incident.id),
    statesOf(context.tables.db, incident.family),
  ]);
  const essential = detail.timeline.filter(isEssential);
  const reached = (state: string): string => {
    const change = states.findLast((one) => one.state === state);
    if (change === undefined) return "not yet";
    const took = change.at - Date.parse(detail.openedAt);
    return `${minute(new Date(change.at).toISOString())} (${durationText(took)} after it was opened)`;
  };
  const list = (values: readonly string[]): string => (values.length === 0 ? "none known" : values.join(", "));
  return {
    title: `INC-${detail.number} ${detail.title}`,
    isExercise: detail.exerciseId !== null,
    facts: [
      ["Severity", detail.severity],
      ["State", detail.state],
      ["Services", list(detail.services.map(({ name, criticality }) => `${name} (criticality ${criticality})`))],
      ["Hosts", list(detail.hosts.slice(0, 12))],
      ["First seen", minute(detail.firstSeen)],
      ["Opened", minute(detail.openedAt)],
      ["Contained", reached("contained")],
      ["Resolved", reached("resolved")],
      ["Led by", list(work.roles.map(({ role, person }) => `${person.name} (${role})`))],
    ],
    summary: detail.summary,
    moments: thinned(essential).map(({ at, actor, lane, title }) => ({
      at: minute(at),
      who: actor?.name ?? lane,
      text: title,
    })),
    left: { moments: Math.max(0, essential.length - MOST_MOMENTS), decisions: 0, done: 0, open: 0, waits: 0 },
    isCut: false,
    waits: work.waitSums.map(({ team, ms, waits, open }) => [
      team,
      `${durationText(ms)} in ${waits} ${waits === 1 ? "wait" : "waits"}${open ? ", still waiting" : ""}`,
    ]),
    done: [
      ...detail.timeline
        .filter(({ kind, title }) => kind === "effect" && ACTED.test(title))
        .map(({ at, title }) => `${minute(at)} ${title}`),
      ...work.tasks
        .filter(({ kind, state }) => kind === "task" && state === "done")
        .map(({ title, outcome, team }) => `${title} (${team})${outcome === "" ? "" : `: ${outcome}`}`),
    ],
    decisions: work.decisions.map(({ at, by, what, why }) => ({
      at: minute(at),
      text: `${by?.name ?? "Holdfast"}: ${what}`,
      why,
    })),
    open: work.tasks
      .filter(({ endedAt }) => endedAt === null)
      .map(({ title, owner, team, dueAt }) => {
        return `${title}: ${owner?.name ?? team}${dueAt === null ? "" : `, due ${minute(dueAt)}`}`;
      }),
    madeAt: minute(new Date(context.clock.now()).toISOString()),
  };
}

const ESSENTIAL: ReadonlySet<TimelineItem["kind"]> = new Set([
  "alert",
  "state",
  "severity",
  "decision",
  "effect",
  "approval",
  "wait",
  "merge",
]);

function isEssential({ kind, severity }: TimelineItem): boolean {
  return kind === "alert" ? severity === "high" || severity === "critical" : ESSENTIAL.has(kind);
}

/** The attack has many moments and the work few: what people did stays, of alerts every n-th goes. */
function thinned(items: readonly TimelineItem[]): TimelineItem[] {
  const surplus = items.length - MOST_MOMENTS;
  if (surplus <= 0) return [...items];
  const alerts = items.filter(({ kind }) => kind === "alert");
  const keep = Math.max(1, alerts.length - surplus);
  const kept = new Set(
    alerts.filter((_, at) => Math.floor((at * keep) / alerts.length) !== Math.floor(((at - 1) * keep) / alerts.length)),
  );
  return items.filter((item) => item.kind !== "alert" || kept.has(item)).slice(-MOST_MOMENTS);
}

function minute(at: string): string {
  return `${at.slice(0, 16).replace("T", " ")} UTC`;
}
