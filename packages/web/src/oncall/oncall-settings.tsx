/** oncall-settings: everything about on-call on one page: who answers now, the calendars, policies, who would be paged, how you are
 *  reached, the times, and what was sent. */
import { oncallRoutes } from "@holdfast/contracts/oncall";
import type { Schedule } from "@holdfast/contracts/oncall-model";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLive } from "../app/live.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Panel } from "../ui/page.tsx";
import { Empty } from "../ui/states.tsx";
import { Tag } from "../ui/tag.tsx";
import { Contacts } from "./contacts.tsx";
import "./oncall.css";
import { PageLog } from "./page-list.tsx";
import { Policies } from "./policies.tsx";
import { ScheduleCalendar } from "./schedule-calendar.tsx";
import { ScheduleForm } from "./schedule-form.tsx";
import { Simulator } from "./simulator.tsx";
import { SlaTargets } from "./sla.tsx";

export function OncallSettings() {
  const client = useQueryClient();
  const schedules = useCall(oncallRoutes.listSchedules, {}, { everyMs: 60_000 });
  useLive("oncall.changed", () => {
    void client.invalidateQueries({ queryKey: [oncallRoutes.listPages.path] });
  });
  const items = schedules.data?.items ?? [];
  return (
    <>
      {schedules.data === undefined ? (
        <Panel title="Schedules">
          <Outcome query={schedules} what="schedules" rows={3}>
            {() => null}
          </Outcome>
        </Panel>
      ) : (
        <Schedules items={schedules.data.items} />
      )}
      <Simulator />
      <Policies schedules={items} />
      <Contacts />
      <SlaTargets />
      <PageLog />
    </>
  );
}

function Schedules({ items }: { items: readonly Schedule[] }) {
  const refused = useRefusal()("oncall.write");
  const [form, setForm] = useState<Schedule | "new">();
  const [open, setOpen] = useState<string | undefined>(items[0]?.id);
  const shown = items.find(({ id }) => id === open) ?? items[0];
  return (
    <Panel
      title="Schedules"
      tools={
        <Button size="compact" refused={refused} onClick={() => setForm("new")}>
          Add a schedule
        </Button>
      }
    >
      {items.length === 0 ? (
        <Empty title="There is no schedule">
          <p>A schedule says who is on call when; policies page whoever it is.</p>
        </Empty>
      ) : (
        <div className="stack">
          <table className="plain-table">
            <thead>
              <tr>
                <th scope="col">Schedule</th>
                <th scope="col">Answers for</th>
                <th scope="col">On call now</th>
                <th scope="col">Until</th>
                <th scope="col">Then</th>
                <th scope="col">
                  <span className="sr-only">What to do</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((one) => (
                <tr key={one.id}>
                  <td className="strong">
                    <LogText text={one.name} />
                  </td>
                  <td>{one.team ?? "neither"}</td>
                  <td>{one.now === null ? <Tag tone="high">nobody</Tag> : <LogText text={one.now.name} />}</td>
                  <td>{one.until === null ? <span className="faint">no end</span> : <Clock at={one.until} />}</td>
                  <td>{one.until === null ? "" : <LogText text={one.next?.name ?? "nobody"} />}</td>
                  <td className="number">
                    <span className="row">
                      <Button size="compact" pressed={shown?.id === one.id} onClick={() => setOpen(one.id)}>
                        Calendar
                      </Button>
                      <Button size="compact" label={`Edit ${one.name}`} onClick={() => setForm(one)}>
                        Edit
                      </Button>
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {shown !== undefined && <ScheduleCalendar key={shown.id} id={shown.id} />}
        </div>
      )}
      {form !== undefined && (
        <ScheduleForm schedule={form === "new" ? null : form} onClose={() => setForm(undefined)} />
      )}
    </Panel>
  );
}
