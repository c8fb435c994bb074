/** contacts: how you are reached, in order: the first way that gets through is enough. Notices in this browser are asked for here. */
import { connectorRoutes } from "@holdfast/contracts/connectors";
import { oncallRoutes } from "@holdfast/contracts/oncall";
import type { ChannelKind, ContactMethod } from "@holdfast/contracts/oncall-model";
import { useState } from "react";
import { call } from "../app/client.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Button } from "../ui/button.tsx";
import { Checkbox, Field, TextField } from "../ui/field.tsx";
import { Panel } from "../ui/page.tsx";
import { Select } from "../ui/select.tsx";
import { noticesOn, setNotices } from "./page-notices.ts";
import "./oncall.css";
import { useChange } from "../app/use-change.ts";

const KINDS: Readonly<Record<string, ChannelKind>> = {
  smtp: "email",
  slack: "slack",
  teams: "teams",
  pagerduty: "pagerduty",
  webhook: "webhook",
};

export function Contacts() {
  const own = useCall(oncallRoutes.getContacts, { params: { id: "me" } });
  return (
    <Panel
      title="How you are reached"
      note="The first way that gets through is enough; when it fails, the next one is taken."
    >
      <Outcome query={own} what="your contact methods" rows={2}>
        {({ methods }) => <Methods key={JSON.stringify(methods)} kept={methods} />}
      </Outcome>
    </Panel>
  );
}

function Methods({ kept }: { kept: readonly ContactMethod[] }) {
  const [methods, setMethods] = useState(kept);
  const connectors = useCall(connectorRoutes.listConnectors, {});
  const { busy, error, run } = useChange();
  const channels = (connectors.data?.items ?? []).flatMap(({ id, name, kind }) => {
    const channel = KINDS[kind];
    return channel === undefined ? [] : [{ id, name, channel }];
  });
  const change = (at: number, next: Partial<ContactMethod>): void =>
    setMethods(methods.map((one, place) => (place === at ? { ...one, ...next } : one)));
  const save = (): Promise<boolean> =>
    run(
      () => call(oncallRoutes.saveOwnContacts, { body: { methods: [...methods] } }),
      "You are reached this way from now on",
    );
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <BrowserNotices />
      {methods.map((method, at) => (
        <div key={at} className="oncall-grid">
          <Field label={`${at + 1}. by`} id={`contact-${at}`}>
            <Select
              id={`contact-${at}`}
              label={`Way ${at + 1}`}
              value={method.connectorId ?? ""}
              options={channels.map(({ id, name }) => ({ value: id, label: name }))}
              onChange={(id) =>
                change(at, { connectorId: id, kind: channels.find((one) => one.id === id)?.channel ?? "email" })
              }
            />
          </Field>
          <TextField label="Address" value={method.to} onChange={(to) => change(at, { to })} required />
          <Checkbox
            label="Quiet from 22:00 to 07:00, unless critical"
            checked={method.quiet !== null}
            onChange={(on) => change(at, { quiet: on ? QUIET() : null })}
          />
          <span className="row">
            {at > 0 && (
              <Button size="compact" label={`Move way ${at + 1} up`} onClick={() => setMethods(swapped(methods, at))}>
                Up
              </Button>
            )}
            <Button size="compact" onClick={() => setMethods(methods.filter((_, place) => place !== at))}>
              Remove
            </Button>
          </span>
        </div>
      ))}
      {channels.length === 0 && (
        <p className="faint">
          There is no connector for messages yet (e-mail, Slack, Teams, PagerDuty, webhook): add one first.
        </p>
      )}
      {error !== undefined && (
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
      <div className="row">
        <Button
          size="compact"
          refused={channels.length === 0 ? "There is no connector for messages yet." : ""}
          onClick={() => {
            const [first] = channels;
            if (first !== undefined)
              setMethods([...methods, { kind: first.channel, connectorId: first.id, to: "", quiet: null }]);
          }}
        >
          Add a way
        </Button>
        <Button
          size="compact"
          type="submit"
          variant="primary"
          busy={busy}
          refused={methods === kept ? "Nothing is changed." : ""}
        >
          Save
        </Button>
      </div>
    </form>
  );
}

function BrowserNotices() {
  const [on, setOn] = useState(noticesOn());
  const [denied, setDenied] = useState(false);
  const change = async (wanted: boolean): Promise<void> => {
    const given = await setNotices(wanted);
    setOn(given);
    setDenied(wanted && !given);
  };
  return (
    <div className="stack tight">
      <Checkbox
        label="Show a notice in this browser when you are paged, while a page of Holdfast is open"
        checked={on}
        onChange={(wanted) => void change(wanted)}
      />
      {denied && <p className="field-error">This browser refuses notices of this site: allow them in its settings.</p>}
    </div>
  );
}

const QUIET = (): NonNullable<ContactMethod["quiet"]> => ({
  from: "22:00",
  to: "07:00",
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  unless: "critical",
});

function swapped<T>(items: readonly T[], at: number): T[] {
  const next = [...items];
  const [one] = next.splice(at, 1);
  if (one !== undefined) next.splice(at - 1, 0, one);
  return next;
}
