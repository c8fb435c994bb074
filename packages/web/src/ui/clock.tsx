/** clock: a time. Relative in lists; on hover absolute in the viewer's zone and in UTC. All clocks tick together. */
import { useSyncExternalStore } from "react";
import { absolute, bothZones, precise, relative, timeOf, timeOfDay } from "./time.ts";

export function Clock({
  at,
  form = "relative",
  suffix = "",
}: {
  at: string | null | undefined;
  form?: "relative" | "absolute" | "precise" | "day";
  /** "ago" where the sentence needs it. */
  suffix?: string;
}) {
  const now = useNow();
  const time = timeOf(at);
  if (Number.isNaN(time)) return <span className="faint">never</span>;
  const text = FORMS[form](time, now);
  return (
    <time dateTime={at ?? ""} data-tip={bothZones(time)} className={form === "precise" ? "mono" : undefined}>
      {text}
      {suffix !== "" && text !== "now" && ` ${suffix}`}
    </time>
  );
}

const FORMS: Readonly<Record<"relative" | "absolute" | "precise" | "day", (at: number, now: number) => string>> = {
  relative,
  absolute,
  precise,
  day: timeOfDay,
};

/** The current time, renewed every 15 seconds. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

let now = Date.now();
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    now = Date.now();
    ticking = window.setInterval(tick, 15_000);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) window.clearInterval(ticking);
  };
}

let ticking = 0;

function tick(): void {
  now = Date.now();
  for (const listener of listeners) listener();
}
