/** states: how a change moves, and how it stands against its times. Pure: the moment is passed in. */
import type { ChangeStanding, ChangeState } from "@holdfast/contracts/changes";

export interface Course {
  readonly state: ChangeState;
  /** Milliseconds since the epoch, here and below. */
  readonly plannedStart: number;
  readonly plannedEnd: number | null;
  readonly actualStart: number | null;
  readonly actualEnd: number | null;
}

export type Moved =
  | { readonly ok: true; readonly to: Pick<Course, "state" | "actualStart" | "actualEnd"> }
  | { readonly ok: false; readonly reason: string };

/** What begins within this time counts as under way for whoever is about to act. */
export const SOON_MS = 3_600_000;

export function standingOf(course: Course, now: number): ChangeStanding | null {
  const { state, plannedStart, plannedEnd } = course;
  const isPast = plannedEnd !== null && plannedEnd <= now;
  if (state === "running") return isPast ? "overdue" : "running";
  if (state !== "planned" || isPast || plannedStart > now + SOON_MS) return null;
  // An open end does not make a change that nobody began stand for ever.
  if (plannedEnd === null && plannedStart < now - OPEN_END_MS) return null;
  return plannedStart <= now ? "late" : "soon";
}

const OPEN_END_MS = 24 * 3_600_000;

export function begun(course: Course, at: number): Moved {
  if (course.state !== "planned")
    return { ok: false, reason: `It is ${course.state}: only what is planned can begin.` };
  return { ok: true, to: { state: "running", actualStart: at, actualEnd: null } };
}

export function finished(course: Course, at: number): Moved {
  if (course.state !== "running")
    return { ok: false, reason: `It is ${course.state}: only what runs can be done. Start it first.` };
  const { actualStart } = course;
  if (actualStart !== null && at < actualStart) return { ok: false, reason: "It would end before it began." };
  return { ok: true, to: { state: "done", actualStart, actualEnd: at } };
}

export function cancelled(course: Course, at: number): Moved {
  const { state, actualStart } = course;
  if (state !== "planned" && state !== "running")
    return { ok: false, reason: `It is ${state}: there is nothing to cancel.` };
  return { ok: true, to: { state: "cancelled", actualStart, actualEnd: state === "running" ? at : null } };
}

/** The times of a state that another system tells; what it does not say is the moment it was first heard of. */
export function told(
  said: Pick<Course, "state" | "actualStart" | "actualEnd">,
  before: Pick<Course, "state" | "actualStart" | "actualEnd"> | undefined,
  now: number,
): Pick<Course, "state" | "actualStart" | "actualEnd"> {
  const { state } = said;
  const was = before?.state === state;
  const known = was || before?.state === "running" ? (before?.actualStart ?? null) : null;
  switch (state) {
    case "planned":
      return { state, actualStart: null, actualEnd: null };
    case "running":
      return { state, actualStart: said.actualStart ?? known ?? now, actualEnd: null };
    case "done":
    case "cancelled": {
      const actualStart = said.actualStart ?? known;
      // One that was never heard to run may have ended long ago: then nobody knows when.
      const heard = was ? (before?.actualEnd ?? null) : before?.state === "running" ? now : null;
      return { state, actualStart, actualEnd: said.actualEnd ?? heard };
    }
  }
}
