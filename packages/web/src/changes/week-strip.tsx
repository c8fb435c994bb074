/** week-strip: the week ahead, a day a column: what touches each day. Quiet: the list below says the rest. */
import { type Change, changeRoutes } from "@holdfast/contracts/changes";
import { useMemo } from "react";
import { useCall } from "../app/query.ts";
import { useNow } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { timeOf } from "../ui/time.ts";

const DAYS = 7;
const MOST = 3;

export function WeekStrip({ open, onOpen }: { open: string; onOpen: (id: string) => void }) {
  const now = useNow();
  const today = new Date(now).setHours(0, 0, 0, 0);
  const days = useMemo(() => daysFrom(today), [today]);
  const query = useMemo(
    () => ({
      state: "planned,running",
      from: new Date(today).toISOString(),
      to: new Date(days.at(-1)?.to ?? today).toISOString(),
      limit: 500,
    }),
    [today, days],
  );
  const week = useCall(changeRoutes.listChanges, { query });
  // The list below shows what went wrong, if something did.
  if (week.data === undefined || week.data.items.length === 0) return null;
  const { items } = week.data;
  return (
    <ol className="change-week" aria-label="The week ahead">
      {days.map(({ from, to }) => {
        const touching = items.filter((change) => touches(change, { from, to, now }));
        return (
          <li key={from} className="change-day">
            <span className={from === today ? "small strong" : "small faint"}>{DAY.format(from)}</span>
            {touching.slice(0, MOST).map(({ id, title }) => (
              <button
                key={id}
                type="button"
                className="change-link small"
                aria-current={id === open}
                data-tip={title}
                onClick={() => onOpen(id)}
              >
                <span className="truncate">
                  <LogText text={title} />
                </span>
              </button>
            ))}
            {touching.length > MOST && <span className="small faint">{touching.length - MOST} more</span>}
          </li>
        );
      })}
    </ol>
  );
}

/** Days of the viewer's zone: 23 or 25 hours long where its clocks change. */
function daysFrom(today: number): { from: number; to: number }[] {
  const at = (days: number): number => {
    const day = new Date(today);
    return day.setDate(day.getDate() + days);
  };
  return Array.from({ length: DAYS }, (_, day) => ({ from: at(day), to: at(day + 1) - 1 }));
}

/** What runs past its end, or has none, is under way until now. */
function touches(change: Change, { from, to, now }: { from: number; to: number; now: number }): boolean {
  const start = timeOf(change.actualStart ?? change.plannedStart);
  const said = timeOf(change.actualEnd ?? change.plannedEnd);
  const planned = Number.isNaN(said) ? start : said;
  const end = change.state === "running" ? Math.max(planned, now) : planned;
  return start <= to && end >= from;
}

const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short" });
