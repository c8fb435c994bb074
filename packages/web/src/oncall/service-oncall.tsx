/** service-oncall: who is on call for a service, in its drawer. */
import { oncallRoutes } from "@holdfast/contracts/oncall";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Section } from "../ui/drawer.tsx";
import { Tag } from "../ui/tag.tsx";

export function ServiceOncall({ service }: { service: string }) {
  const now = useCall(oncallRoutes.whoIsOnCall, { query: { service } });
  return (
    <Section title="On call">
      <Outcome query={now} what="who is on call" rows={1}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="faint">No schedule answers for it.</p>
          ) : (
            items.map((one) => (
              <div key={one.scheduleId} className="row">
                {one.person === null ? <Tag tone="high">nobody</Tag> : <LogText text={one.person.name} />}
                <span className="faint">
                  <LogText text={one.schedule} />
                  {one.until !== null && (
                    <>
                      , changes <Clock at={one.until} />
                    </>
                  )}
                </span>
              </div>
            ))
          )
        }
      </Outcome>
    </Section>
  );
}
