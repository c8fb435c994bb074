/** page-list: who was paged for what, and what became of each delivery. */
import { oncallRoutes } from "@holdfast/contracts/oncall";
import type { Delivery, IncidentPage } from "@holdfast/contracts/oncall-model";
import { Link } from "../app/link.tsx";
import { call } from "../app/client.ts";
import { Outcome } from "../app/outcome.tsx";
import { usePages } from "../app/query.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Panel } from "../ui/page.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";

const TONES: Readonly<Record<Delivery["state"], Tone>> = {
  waiting: "neutral",
  sending: "neutral",
  delivered: "neutral",
  failed: "critical",
  unknown: "high",
  skipped: "neutral",
};

export function PageLog() {
  const pages = usePages([oncallRoutes.listPages.path], (cursor, signal) =>
    call(oncallRoutes.listPages, { query: { limit: 25, ...(cursor !== undefined && { cursor }) } }, signal),
  );
  return (
    <Panel title="Pages">
      <Outcome query={pages.query} what="pages" rows={4}>
        {() => (
          <>
            <PageTable pages={pages.rows} linked />
            {pages.hasMore && (
              <Button size="compact" onClick={pages.more}>
                Show earlier pages
              </Button>
            )}
          </>
        )}
      </Outcome>
    </Panel>
  );
}

export function PageTable({ pages, linked = false }: { pages: readonly IncidentPage[]; linked?: boolean }) {
  if (pages.length === 0) return <p className="faint oncall-none">Nobody has been paged.</p>;
  return (
    <table className="plain-table">
      <thead>
        <tr>
          <th scope="col">When</th>
          {linked && <th scope="col">Incident</th>}
          <th scope="col">Step</th>
          <th scope="col">Deliveries</th>
        </tr>
      </thead>
      <tbody>
        {pages.map((page) => (
          <tr key={page.id}>
            <td>
              <Clock at={page.at} suffix="ago" />
            </td>
            {linked && (
              <td>
                {page.exercise && <Tag tone="exercise">Exercise</Tag>}{" "}
                <Link to={`/incidents/${page.number}`}>INC-{page.number}</Link> <LogText text={page.title} />
              </td>
            )}
            <td>
              {page.step} of <LogText text={page.policy} />
              {page.round > 1 && <span className="faint"> round {page.round}</span>}
            </td>
            <td>
              {page.deliveries.map((one) => (
                <div key={one.id} className="row">
                  <Tag tone={TONES[one.state]}>{one.state}</Tag>
                  <span>
                    {one.person !== null && (
                      <span className="strong">
                        <LogText text={one.person.name} />{" "}
                      </span>
                    )}
                    {one.kind} <LogText text={one.to} />
                    {one.reason !== "" && (
                      <span className="faint">
                        {": "}
                        <LogText text={one.reason} />
                      </span>
                    )}
                  </span>
                </div>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
