/** policy-panel: the response policy as it stands, in words, and as text for administrators to change; each change is a version with
 *  its reason. */
import { respondRoutes } from "@holdfast/contracts/respond";
import { type ResponsePolicy, responsePolicy } from "@holdfast/contracts/respond-policy";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { Facts } from "../ui/drawer.tsx";
import { TextArea, TextField } from "../ui/field.tsx";
import { Panel } from "../ui/page.tsx";
import { toast } from "../ui/toast.tsx";
import "./respond.css";

export function PolicyPanel() {
  const current = useCall(respondRoutes.getResponsePolicy, {});
  return (
    <Outcome query={current} what="the response policy" rows={10}>
      {({ policy, version, versions }) => (
        <>
          <Panel title="Response policy" note={`version ${version}; the first rule that fits decides`}>
            <ol className="stack">
              {policy.rules.map((rule) => (
                <li key={rule.name}>
                  <span className="strong">{rule.name}</span>
                  <p className="small faint">{ruleInWords(responsePolicy.shape.rules.element.parse(rule))}</p>
                </li>
              ))}
            </ol>
            <Facts items={factsOf(responsePolicy.parse(policy))} />
          </Panel>
          <Panel title="Change it">
            <Edit key={version} version={version} policy={responsePolicy.parse(policy)} />
          </Panel>
          <Panel title="Versions">
            <ul className="stack small">
              {versions.map((one) => (
                <li key={one.version}>
                  <span className="strong">{one.version}</span> {one.at !== null && <Clock at={one.at} />} by {one.by}:{" "}
                  {one.note}
                </li>
              ))}
            </ul>
          </Panel>
        </>
      )}
    </Outcome>
  );
}

function Edit({ version, policy }: { version: number; policy: ResponsePolicy }) {
  const client = useQueryClient();
  const refused = useRefusal()("policy.write");
  const [text, setText] = useState(() => JSON.stringify(policy, null, 2));
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const read = readPolicy(text);
  const save = async (): Promise<void> => {
    if (!read.ok) return;
    setBusy(true);
    setError(undefined);
    try {
      await call(respondRoutes.saveResponsePolicy, { body: { policy: read.policy, note, basedOn: version } });
      toast({ title: "The response policy is changed; what waits keeps the one it was proposed under" });
      await client.invalidateQueries({ queryKey: [respondRoutes.getResponsePolicy.path] });
    } catch (failure) {
      setError(explain(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className="stack policy-text"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <TextArea
        label="The policy as JSON"
        value={text}
        onChange={setText}
        rows={16}
        mono
        error={read.ok ? undefined : read.reason}
      />
      <TextField label="Why it changes" value={note} onChange={setNote} error={error} />
      <div className="row">
        <Button
          type="submit"
          variant="primary"
          busy={busy}
          refused={refused || (note.trim().length < 3 ? "Say why first." : "") || (read.ok ? "" : read.reason)}
        >
          Save as version {version + 1}
        </Button>
      </div>
    </form>
  );
}

function readPolicy(text: string): { ok: true; policy: ResponsePolicy } | { ok: false; reason: string } {
  try {
    const read = responsePolicy.safeParse(JSON.parse(text));
    if (read.success) return { ok: true, policy: read.data };
    const [first] = read.error.issues;
    return { ok: false, reason: `${first?.path.join(".") ?? ""}: ${first?.message ?? "not a policy"}` };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : "This is no JSON." };
  }
}

function ruleInWords({
  when,
  approve,
  quorum,
  expiresMinutes,
  onExpiry,
  secondFactor,
}: ResponsePolicy["rules"][number]): string {
  const conditions = [
    when.effects === undefined ? "" : when.effects.join(" or "),
    when.actions === undefined ? "" : `action ${when.actions.join(", ")}`,
    when.minCriticality === undefined ? "" : `a service of criticality ${when.minCriticality} or more is hit`,
    when.noneLeft === undefined
      ? ""
      : when.noneLeft
        ? "nothing is left of a service"
        : "something is left of every service",
  ].filter((part) => part !== "");
  const who = approve === "owner" ? "the side that owns what is hit" : approve === "nobody" ? "nobody" : approve;
  return [
    conditions.length === 0 ? "Everything else:" : `${conditions.join(", ")}:`,
    `${who} approves${quorum > 1 ? `, ${quorum} people` : ""}${secondFactor ? ", with a second factor" : ""};`,
    `after ${expiresMinutes} minutes of silence it is ${onExpiry === "refuse" ? "refused" : "done"}.`,
  ].join(" ");
}

function factsOf({
  never,
  limits,
  breakGlass,
  ownerless,
  undoAfterMinutes,
  driftCheckMinutes,
  propose,
}: ResponsePolicy): [string, string][] {
  const list = [
    ...never.assetKinds.map((kind) => `every ${kind}`),
    ...never.tags.map((tag) => `tag ${tag}`),
    ...never.hosts,
    ...never.users,
    ...never.addresses,
    ...(never.ourselves ? ["the machines that Holdfast runs on"] : []),
  ];
  return [
    ["May propose", propose.teams.join(" and ")],
    ["Without an owner", `${ownerless} approves`],
    ["Never touched", list.join(", ")],
    ["Limits an hour", `${limits.hostsPerHour} hosts, ${limits.usersPerHour} users`],
    [
      "Without approval",
      breakGlass.allowed
        ? `${breakGlass.teams.join(" and ")}, with a reason${breakGlass.secondFactor ? " and a second factor" : ""}`
        : "never",
    ],
    [
      "Lasts",
      undoAfterMinutes === null
        ? "until someone undoes it"
        : `${undoAfterMinutes} minutes, when the proposal does not say`,
    ],
    ["Looked at", `every ${driftCheckMinutes} minutes, whether it still holds`],
  ];
}
