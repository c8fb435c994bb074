/** alert-signal-list: the signals of an alert one by one, newest first, to be looked at and chosen. */
import { MOST_SIGNALS, takeOutRoutes } from "@holdfast/contracts/triage-take-out";
import { useState } from "react";
import { call } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { usePages } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { Checkbox } from "../ui/field.tsx";
import { plural } from "../ui/number.ts";
import type { TakeOutWhat } from "./take-out-dialogs.tsx";

export function AlertSignalList(props: {
  alert: string;
  refused: string;
  onTakeOut: (what: TakeOutWhat, moved: number) => void;
}) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const refusal = useRefusal();
  const pages = usePages([takeOutRoutes.listAlertSignals.path, props.alert], (cursor, signal) =>
    call(
      takeOutRoutes.listAlertSignals,
      { params: { id: props.alert }, query: { limit: 50, ...(cursor === undefined ? {} : { cursor }) } },
      signal,
    ),
  );
  const total = pages.first?.total ?? pages.rows.length;
  const may = refusal("alerts.work") !== "" ? refusal("alerts.work") : props.refused;
  const refused =
    may !== ""
      ? may
      : chosen.size === 0
        ? "Choose the signals that do not belong here."
        : chosen.size >= total
          ? "Leave at least one signal here."
          : chosen.size > MOST_SIGNALS
            ? `At most ${MOST_SIGNALS} at once: take out a group instead.`
            : "";
  const toggle = (id: string, on: boolean): void => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  return (
    <Outcome query={pages.query} what="the signals of this alert" rows={4}>
      {() => (
        <div className="stack">
          {pages.rows.length === 0 && <p className="faint">None of its signals is stored any more.</p>}
          <ul className="stack tight" aria-label="Its signals, newest first">
            {pages.rows.map((one) => (
              <li key={one.id} className="row between">
                {may === "" ? (
                  <Checkbox label={labelOf(one)} checked={chosen.has(one.id)} onChange={(on) => toggle(one.id, on)} />
                ) : (
                  <span>{labelOf(one)}</span>
                )}
                <span className="row small">
                  <Clock at={one.at} form="precise" />
                  {one.eventId !== "0" && <Link to={links.event(one.eventId)}>Event</Link>}
                </span>
              </li>
            ))}
          </ul>
          <div className="row wrap">
            <Button
              size="compact"
              refused={refused}
              onClick={() => props.onTakeOut({ kind: "signals", ids: [...chosen] }, chosen.size)}
            >
              {chosen.size === 0 ? "Take out" : `Take out ${plural(chosen.size, "signal")}`}
            </Button>
            {pages.hasMore && (
              <Button size="compact" onClick={pages.moreByHand}>
                {`Show more of ${total}`}
              </Button>
            )}
          </div>
        </div>
      )}
    </Outcome>
  );
}

/** What tells it from its neighbours: where, who, and the first field that matched. */
function labelOf(one: {
  readonly host: string;
  readonly user: string;
  readonly fields: readonly { readonly value: string }[];
}): string {
  const parts = [one.host, one.user, one.fields[0]?.value ?? ""].filter((part) => part !== "");
  const text = parts.join(" · ");
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
