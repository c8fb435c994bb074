/** schedule-calendar: four weeks of a schedule, a day a cell. Arrow keys go from day to day; a click or Enter on one opens the override
 *  of that day. Two people swap shifts beside it. Nobody on call is said in words. */
import { oncallRoutes } from "@holdfast/contracts/oncall";
import type { Output } from "@holdfast/contracts";
import { useState, type KeyboardEvent } from "react";
import { call } from "../app/client.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { LogText } from "../ui/code.tsx";
import { Clock } from "../ui/clock.tsx";
import { Tag } from "../ui/tag.tsx";
import { OverrideDialog } from "./override-dialog.tsx";
import { SwapDialog } from "./swap-dialog.tsx";
import { useChange } from "../app/use-change.ts";

type View = Output<(typeof oncallRoutes)["getSchedule"]>;
const DAY_MS = 86_400_000;
const DAYS = 28;

export function ScheduleCalendar({ id }: { id: string }) {
  const [start, setStart] = useState(() => monday(Date.now()));
  const range = { from: new Date(start).toISOString(), to: new Date(start + DAYS * DAY_MS + 7_200_000).toISOString() };
  const view = useCall(oncallRoutes.getSchedule, { params: { id }, query: range }, { keep: true });
  const [chosen, setChosen] = useState<number>();
  const [swapping, setSwapping] = useState(false);
  const refused = useRefusal()("incidents.work");
  const move = (weeks: number): void => setStart(dayAfter(start, weeks * 7));
  return (
    <Outcome query={view} what="this schedule" rows={8}>
      {(found) => (
        <div className="stack">
          <div className="row between wrap">
            <span className="faint small">Times are yours; hands change in {found.schedule.timeZone}.</span>
            <span className="row wrap">
              <Button size="compact" refused={refused} onClick={() => setSwapping(true)}>
                Swap two shifts
              </Button>
              <Button size="compact" onClick={() => move(-2)}>
                Two weeks back
              </Button>
              <Button size="compact" onClick={() => setStart(monday(Date.now()))}>
                Today
              </Button>
              <Button size="compact" onClick={() => move(2)}>
                Two weeks on
              </Button>
            </span>
          </div>
          <Days view={found} start={start} onChoose={setChosen} />
          <Overrides view={found} />
          {swapping && <SwapDialog scheduleId={id} onClose={() => setSwapping(false)} />}
          {chosen !== undefined && (
            <OverrideDialog
              scheduleId={id}
              from={chosen}
              to={dayAfter(chosen, 1)}
              onClose={() => setChosen(undefined)}
            />
          )}
        </div>
      )}
    </Outcome>
  );
}

function Days({ view, start, onChoose }: { view: View; start: number; onChoose: (day: number) => void }) {
  const weeks = Array.from({ length: DAYS / 7 }, (_, week) =>
    Array.from({ length: 7 }, (__, day) => dayAfter(start, week * 7 + day)),
  );
  return (
    <table className="oncall-calendar" aria-label={`Four weeks of ${view.schedule.name}`} onKeyDown={step}>
      <thead>
        <tr>
          {weeks[0]?.map((day) => (
            <th key={day} scope="col">
              {WEEKDAY.format(day)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week) => (
          <tr key={week[0]}>
            {week.map((day) => (
              <td key={day}>
                <Day view={view} day={day} onChoose={onChoose} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Day({ view, day, onChoose }: { view: View; day: number; onChoose: (day: number) => void }) {
  const end = dayAfter(day, 1);
  const turns = view.segments.filter(({ from, to }) => Date.parse(from) < end && Date.parse(to) > day);
  const today = day <= Date.now() && Date.now() < end;
  return (
    <button type="button" className="oncall-day" onClick={() => onChoose(day)}>
      <span className={today ? "today" : "faint"}>{DATE.format(day)}</span>
      {turns.map(({ from, person, overrideId }) => (
        <span key={from} className="oncall-turn">
          {Date.parse(from) > day && <span className="at">{TIME.format(Date.parse(from))}</span>}
          {person === null ? (
            today ? (
              <Tag tone="high">nobody</Tag>
            ) : (
              <span className="faint">nobody</span>
            )
          ) : (
            <span className="truncate">
              <LogText text={person.name} />
              {overrideId !== null && <span className="faint"> (override)</span>}
            </span>
          )}
        </span>
      ))}
    </button>
  );
}

function Overrides({ view }: { view: View }) {
  const refused = useRefusal()("incidents.work");
  const { busy, run } = useChange();
  if (view.overrides.length === 0) return null;
  return (
    <table className="plain-table">
      <thead>
        <tr>
          <th scope="col">Override</th>
          <th scope="col">From</th>
          <th scope="col">To</th>
          <th scope="col">Why</th>
          <th scope="col">
            <span className="sr-only">What to do</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {view.overrides.map((one) => (
          <tr key={one.id}>
            <td className="strong">
              <LogText text={one.person.name} />
              {one.covers !== null && (
                <span className="faint">
                  {" "}
                  for <LogText text={one.covers.name} />
                </span>
              )}
            </td>
            <td>
              <Clock at={one.from} form="absolute" />
            </td>
            <td>
              <Clock at={one.to} form="absolute" />
            </td>
            <td>
              <LogText text={one.reason} />
            </td>
            <td className="number">
              <Button
                size="compact"
                refused={refused}
                busy={busy}
                onClick={() =>
                  void run(
                    () => call(oncallRoutes.deleteOverride, { params: { id: one.id } }),
                    "The override is taken away",
                  )
                }
              >
                Take away
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const WEEKDAY = new Intl.DateTimeFormat("en-GB", { weekday: "short" });
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

function step(event: KeyboardEvent<HTMLTableElement>): void {
  const by = STEPS[event.key];
  if (by === undefined) return;
  const days = [...event.currentTarget.querySelectorAll<HTMLButtonElement>(".oncall-day")];
  const next = days[days.findIndex((day) => day === document.activeElement) + by];
  if (next === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  next.focus();
}

/** Local midnight of that day's Monday. */
function monday(at: number): number {
  const day = new Date(at);
  day.setHours(0, 0, 0, 0);
  day.setDate(day.getDate() - ((day.getDay() + 6) % 7));
  return day.getTime();
}

/** Days are counted by the calendar: one of them may have 23 or 25 hours. */
function dayAfter(at: number, count: number): number {
  const day = new Date(at);
  day.setDate(day.getDate() + count);
  return day.getTime();
}
