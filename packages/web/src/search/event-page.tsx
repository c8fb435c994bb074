/** event-page: one event by its permanent address. */
import { searchRoutes } from "@holdfast/contracts/search";
import { useParams } from "@tanstack/react-router";
import { useGo } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useTitle } from "../app/title.ts";
import { oneOf, useUrlState } from "../app/url-state.ts";
import { Page, Panel } from "../ui/page.tsx";
import { EVENT_TABS, EventActions, EventBody, EventHeading } from "./event-detail.tsx";
import { addTerm } from "./query-text.ts";
import "./events-page.css";

const STATE = { tab: oneOf(EVENT_TABS, "fields") };

export function EventPage() {
  const { id = "" } = useParams({ strict: false });
  const [state, set] = useUrlState(STATE);
  const go = useGo();
  const event = useCall(searchRoutes.getEvent, { params: { id } });
  useTitle(`Event ${id}`);
  return (
    <Page title={`Event ${id}`} scroll tools={event.data !== undefined && <EventActions event={event.data} />}>
      <Outcome query={event} what="this event" rows={14}>
        {(found) => (
          <Panel>
            <div className="stack loose event-page">
              <EventHeading event={found} />
              <EventBody
                event={found}
                tab={state.tab}
                onTab={(tab) => set({ tab })}
                onTerm={(term) => go(links.events({ q: addTerm("", term) }))}
              />
            </div>
          </Panel>
        )}
      </Outcome>
    </Page>
  );
}
