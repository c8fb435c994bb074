/** alert-signals: what an alert is made of, and why its signals are one; what does not belong is chosen and taken out, or put back. */
import type { AlertDetail } from "@holdfast/contracts/triage";
import {
  type AlertGroups,
  type AlertKeys,
  type GroupKind,
  groupKind,
  type GroupValue,
  takeOutRoutes,
} from "@holdfast/contracts/triage-take-out";
import { useState } from "react";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Section } from "../ui/drawer.tsx";
import { Checkbox } from "../ui/field.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { count, plural } from "../ui/number.ts";
import { Select } from "../ui/select.tsx";
import { AlertSignalList } from "./alert-signal-list.tsx";
import { PutBackDialog, TakeOutDialog, type TakeOutWhat } from "./take-out-dialogs.tsx";
import { TakeOutHistory } from "./take-out-history.tsx";

/** What is shown: as the server thinks best, by a kind of entity, or one by one. */
type By = "" | GroupKind | "single";

type Asking = { kind: "out"; what: TakeOutWhat; moved: number } | { kind: "back"; id: string };

export function SignalsInIt({ alert }: { alert: AlertDetail }) {
  const [by, setBy] = useState<By>("");
  const [asking, setAsking] = useState<Asking | null>(null);
  const query = by === "" || by === "single" ? {} : { by };
  const groups = useCall(takeOutRoutes.groupSignals, { params: { id: alert.id }, query }, { keep: true });
  const kind: By = by === "" ? (groups.data?.by.length === 1 ? (groups.data.by[0] ?? "host") : "") : by;
  return (
    <Section
      title="Signals in it"
      tools={
        groups.data !== undefined && groups.data.putBackInto === null ? (
          <Select label="By" named value={kind} options={optionsOf(groups.data)} onChange={setBy} />
        ) : undefined
      }
    >
      <Outcome query={groups} what="the signals of this alert" rows={3}>
        {(found) => (
          <>
            <p>
              <span className="strong">{plural(found.count, "signal")}</span>{" "}
              {found.count === 1 ? "is this alert" : "are one alert"}: {whyOf(found.why, alert.entity)}
            </p>
            {found.missing !== "" && <p className="faint">{found.missing}</p>}
            {found.putBackInto === null &&
              (by === "single" ? (
                <AlertSignalList
                  alert={alert.id}
                  refused={found.refused}
                  onTakeOut={(what, moved) => setAsking({ kind: "out", what, moved })}
                />
              ) : (
                <Groups
                  key={found.by.join()}
                  found={found}
                  onTakeOut={(what, moved) => setAsking({ kind: "out", what, moved })}
                />
              ))}
            <TakeOutHistory
              alert={alert.id}
              decisions={found.decisions}
              onPutBack={(id) => setAsking({ kind: "back", id })}
            />
          </>
        )}
      </Outcome>
      {asking?.kind === "out" && (
        <TakeOutDialog alert={alert} what={asking.what} moved={asking.moved} onClose={() => setAsking(null)} />
      )}
      {asking?.kind === "back" && <PutBackDialog alert={asking.id} onClose={() => setAsking(null)} />}
    </Section>
  );
}

const NAMES: Readonly<Record<GroupKind, string>> = {
  host: "host",
  user: "user",
  ip: "address",
  domain: "domain",
  hash: "hash",
  file: "file",
  process: "process",
  url: "URL",
  source: "source",
  rule: "the rule's entity",
};

function optionsOf({ by }: AlertGroups): { value: By; label: string }[] {
  const several = by.length > 1 ? [{ value: "" as const, label: nameOf(by) }] : [];
  const kinds = groupKind.options
    .filter((kind) => kind !== "source")
    .map((kind) => ({ value: kind, label: NAMES[kind] }));
  return [...several, ...kinds, { value: "single", label: "single signals" }];
}

const nameOf = (kinds: readonly GroupKind[]): string => kinds.map((kind) => NAMES[kind]).join(" and ");

function whyOf({ keys, windowMinutes, version, today }: AlertKeys, about: AlertDetail["entity"]): string {
  const told =
    keys === null
      ? `all are about ${about.kind} ${about.value}`
      : keys.length === 0
        ? "all signals of their rule are deduplicated as one"
        : `their rule is deduplicated by ${nameOf(keys)}`;
  const window = windowMinutes === null ? "" : `, within ${plural(windowMinutes, "minute")} of each other`;
  const which = version === null ? "" : version === 0 ? " (settings as shipped)" : ` (settings, version ${version})`;
  const now = today === null ? "" : ` Since version ${today.version} of the settings they are ${toldBy(today.keys)}.`;
  return `${told}${window}${which}.${now}`;
}

function toldBy(keys: readonly GroupKind[] | null): string {
  if (keys === null) return "told apart by the rule's entity";
  return keys.length === 0 ? "one alert for all" : `told apart by ${nameOf(keys)}`;
}

const SHOWN = 8;

function Groups({ found, onTakeOut }: { found: AlertGroups; onTakeOut: (what: TakeOutWhat, moved: number) => void }) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [all, setAll] = useState(false);
  const refusal = useRefusal();
  const { groups, total, by, why } = found;
  const picked = groups.filter((group) => chosen.has(keyOf(group.values)));
  const moved = picked.reduce((sum, group) => sum + group.count, 0);
  const refused = refusal("alerts.work") !== "" ? refusal("alerts.work") : found.refused;
  const noChoice =
    picked.length === 0
      ? "Choose what does not belong here."
      : moved >= found.count
        ? "Leave at least one signal here."
        : "";
  const takeOut = (): void =>
    onTakeOut({ kind: "groups", groups: picked.map(({ values }) => [...values]), together: false }, moved);
  const apart = found.stored - (groups[0]?.count ?? 0);
  useKeys({
    "shift+t": { label: "Take the chosen signals out", run: () => refused === "" && noChoice === "" && takeOut() },
  });
  if (groups.length === 0) return <p className="faint">None of its signals is stored any more.</p>;
  const toggle = (key: string, on: boolean): void => {
    const next = new Set(chosen);
    if (on) next.add(key);
    else next.delete(key);
    setChosen(next);
  };
  return (
    <div className="stack">
      <table className="plain-table">
        <caption className="sr-only">Its signals by {nameOf(by)}</caption>
        <thead>
          <tr>
            <th scope="col">{capital(nameOf(by))}</th>
            <th scope="col" className="number">
              Signals
            </th>
            <th scope="col" className="number">
              Last
            </th>
          </tr>
        </thead>
        <tbody>
          {groups.slice(0, all ? groups.length : SHOWN).map((group) => {
            const key = keyOf(group.values);
            return (
              <tr key={key}>
                <td>
                  {refused === "" && total > 1 ? (
                    <Checkbox
                      label={textOf(group.values)}
                      checked={chosen.has(key)}
                      onChange={(on) => toggle(key, on)}
                    />
                  ) : (
                    <LogText text={textOf(group.values)} />
                  )}
                </td>
                <td className="number short">{count(group.count)}</td>
                <td className="number short">
                  <Clock at={group.lastSeen} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {groups.length > SHOWN && !all && (
        <Button size="compact" onClick={() => setAll(true)}>
          {`Show ${total > groups.length ? "the largest " : "all "}${groups.length}`}
        </Button>
      )}
      {refused === "" && total < 2 ? (
        <p className="faint">All of them name the same {nameOf(by)}: look at them by something else.</p>
      ) : (
        <div className="row wrap">
          <Button size="compact" keys="shift+t" refused={refused === "" ? noChoice : refused} onClick={takeOut}>
            {picked.length === 0 ? "Take out" : `Take out ${plural(moved, "signal")}`}
          </Button>
          {why.today !== null && (
            <Button size="compact" refused={refused} onClick={() => onTakeOut({ kind: "today" }, 0)}>
              Take apart by today's keys
            </Button>
          )}
          <Button size="compact" refused={refused} onClick={() => onTakeOut({ kind: "apart", by: [...by] }, apart)}>
            {`Take apart by ${nameOf(by)}`}
          </Button>
        </div>
      )}
    </div>
  );
}

const keyOf = (values: readonly GroupValue[]): string => JSON.stringify(values);

const textOf = (values: readonly GroupValue[]): string =>
  values.map(({ kind, value }) => (value === "" ? `no ${NAMES[kind]}` : value)).join(" · ");

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
