/** approvals-page: the inbox of both teams: what waits, the one that expires next on top, and the chosen one as a card. A decision of
 *  someone else shows at once. */
import { type Approval, respondRoutes } from "@holdfast/contracts/respond";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { call } from "../app/client.ts";
import { useLive } from "../app/live.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall, usePages } from "../app/query.ts";
import { useTitle } from "../app/title.ts";
import { oneOf, text, useUrlState } from "../app/url-state.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Page } from "../ui/page.tsx";
import { Empty } from "../ui/states.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { Tag } from "../ui/tag.tsx";
import { ApprovalCard } from "./approval-card.tsx";
import { questionOf } from "./effect-words.ts";
import "./respond.css";

const STATE = { show: oneOf(["waiting", "settled"], "waiting"), approval: text() };

export function ApprovalsPage() {
  useTitle("Approvals");
  const [state, set] = useUrlState(STATE);
  const client = useQueryClient();
  const query = useMemo(() => ({ state: state.show, limit: 100, exercise: "all" }), [state.show]);
  const key = useMemo(() => [respondRoutes.listApprovals.path, query], [query]);
  const pages = usePages(key, (after, signal) =>
    call(respondRoutes.listApprovals, { query: { ...query, ...(after !== undefined && { cursor: after }) } }, signal),
  );
  const one = useCall(
    respondRoutes.getApproval,
    { params: { id: state.approval } },
    { enabled: state.approval !== "" },
  );
  useLive("respond.approval.changed", () => {
    void client.invalidateQueries({ queryKey: [respondRoutes.listApprovals.path] });
    void client.invalidateQueries({ queryKey: [respondRoutes.getApproval.path] });
  });
  useLive(
    "respond.effect.changed",
    () => void client.invalidateQueries({ queryKey: [respondRoutes.getApproval.path] }),
  );
  const items = pages.rows;
  const chosen =
    one.data ?? items.find(({ id }) => id === state.approval) ?? (state.approval === "" ? items[0] : undefined);
  const move = (by: number): void => {
    const at = items.findIndex(({ id }) => id === chosen?.id);
    const next = items[Math.min(items.length - 1, Math.max(0, at + by))];
    if (next !== undefined) set({ approval: next.id });
    if (by > 0 && at + by >= items.length - 1) pages.more();
  };
  useKeys({
    j: { label: "Next approval", run: () => move(1) },
    k: { label: "Previous approval", run: () => move(-1) },
  });
  return (
    <Page title="Approvals" note="Both teams see the same list at the same time.">
      <Tabs
        label="Which approvals"
        fill
        value={state.show}
        onChange={(show) => set({ show, approval: "" }, { push: true })}
        tabs={[
          { value: "waiting", label: "Waiting" },
          { value: "settled", label: "Settled" },
        ]}
      >
        <Outcome query={pages.query} what="approvals" rows={10}>
          {() =>
            items.length === 0 && chosen === undefined ? (
              <Empty title={state.show === "waiting" ? "Nothing waits for approval" : "Nothing was decided yet"}>
                <p>
                  Actions are proposed on an incident, by people and by playbooks. What changes something waits here
                  until its owner's side approves.
                </p>
              </Empty>
            ) : (
              <div className="approvals">
                <ul className="approvals-list" aria-label="Approvals" tabIndex={0}>
                  {items.map((item) => (
                    <li key={item.id}>
                      <Item item={item} current={item.id === chosen?.id} onOpen={() => set({ approval: item.id })} />
                    </li>
                  ))}
                  {pages.hasMore && (
                    <li className="approvals-more">
                      <Button size="compact" onClick={pages.more}>
                        Show more
                      </Button>
                    </li>
                  )}
                </ul>
                <div className="approvals-card" tabIndex={0} role="region" aria-label="Chosen approval">
                  {chosen !== undefined && <ApprovalCard approval={chosen} />}
                </div>
              </div>
            )
          }
        </Outcome>
      </Tabs>
    </Page>
  );
}

function Item({ item, current, onOpen }: { item: Approval; current: boolean; onOpen: () => void }) {
  const { requirement, effect } = item;
  const teams = requirement.sides.map(({ team, people }) =>
    people !== undefined && people.length <= 2 ? people.map(({ name }) => name).join(" or ") : (team ?? "either team"),
  );
  return (
    <button type="button" className="approvals-item" aria-current={current} onClick={onOpen}>
      <span className="strong">
        <LogText text={questionOf(item)} />
      </span>
      <span className="small faint">
        {effect.impact.services[0]?.name ?? "no known service"} · by {effect.requestedBy.name}{" "}
        <Clock at={item.createdAt} />
      </span>
      <span className="row wrap small">
        {item.state === "waiting" ? (
          <>
            <Tag tone={item.you.may ? "accent" : "neutral"}>
              {item.you.may ? "waits for you" : `waits for ${teams.join(" and ")}`}
            </Tag>
            <span className="faint">
              expires <Clock at={requirement.expiresAt} />
            </span>
          </>
        ) : (
          <Tag>{item.state}</Tag>
        )}
        {effect.exerciseId !== null && <Tag tone="accent">exercise</Tag>}
      </span>
    </button>
  );
}
