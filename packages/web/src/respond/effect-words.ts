/** effect-words: how states, times and sides of effects are said on pages. */
import type { Approval, Effect, Requirement } from "@holdfast/contracts/respond";
import type { Tone } from "../ui/tag.tsx";

export const STATE_WORDS: Readonly<Record<Effect["state"], { readonly text: string; readonly tone: Tone }>> = {
  waiting: { text: "waits for approval", tone: "accent" },
  ready: { text: "about to be sent", tone: "accent" },
  sent: { text: "sent", tone: "accent" },
  done: { text: "in place", tone: "ok" },
  failed: { text: "failed", tone: "high" },
  unknown: { text: "outcome unknown", tone: "critical" },
  undoing: { text: "being undone", tone: "accent" },
  undone: { text: "undone", tone: "neutral" },
  refused: { text: "refused", tone: "neutral" },
  expired: { text: "expired", tone: "neutral" },
  withdrawn: { text: "taken back", tone: "neutral" },
};

export function stateOf(effect: Effect): { readonly text: string; readonly tone: Tone } {
  if (effect.drift !== null) return { text: "undone by hand", tone: "high" };
  if (effect.state === "done" && effect.class === "read") return { text: "done", tone: "neutral" };
  if (effect.state === "done" && !effect.undoable) return { text: "done", tone: "ok" };
  return STATE_WORDS[effect.state];
}

export function sidesOf({ sides }: Requirement): string {
  return sides
    .map(({ team, count, people }) => {
      const side = team ?? "either team";
      if (people === undefined) return `${count === 1 ? "one person" : `${count} people`} of ${side}`;
      const names = people.map(({ name }) => name).join(", ");
      return people.length === 1 ? `${names} (${side})` : `${count === 1 ? "one" : count} of ${names} (${side})`;
    })
    .join(" and ");
}

/** How long it lasts and how it ends. */
export function lastingOf({
  undoable,
  undoAfterMs,
  class: kind,
}: Pick<Effect, "undoable" | "undoAfterMs" | "class">): string {
  if (kind === "read") return "It only reads; there is nothing to undo.";
  if (!undoable) return "It can't be taken back.";
  if (undoAfterMs === null) return "Until someone undoes it; one click does.";
  return `For ${spanOf(undoAfterMs)}, then Holdfast undoes it and checks that. Anyone who may propose can undo it earlier.`;
}

/** The first line of what the far side showed; the whole of it stands below. */
export function firstLine(evidence: string): string {
  const [line = ""] = evidence.split("\n");
  return line.length < evidence.length ? `${line} …` : line;
}

export function spanOf(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${Math.round(ms / 1000)} seconds`;
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 6) / 10;
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}

export function questionOf({ effect }: Approval): string {
  const lasts = effect.undoable && effect.undoAfterMs !== null ? ` for ${spanOf(effect.undoAfterMs)}` : "";
  return `${effect.title}${lasts}`;
}
