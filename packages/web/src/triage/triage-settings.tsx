/** triage-settings: the settings of triage as they hold, a change with its reason and what it would make of what stands now, and every
 *  version with who changed what. A change that somebody else made meanwhile is shown and kept. */
import { triageSettingsRoutes, type SettingsVersion } from "@holdfast/contracts/triage-settings";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError, call, explain } from "../app/client.ts";
import { More } from "../app/more.tsx";
import { Outcome } from "../app/outcome.tsx";
import { usePages } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { TextField } from "../ui/field.tsx";
import { plural } from "../ui/number.ts";
import { Panel } from "../ui/page.tsx";
import { Partial } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import { differences, onTopOf, problemOf, type Difference } from "./settings-change.ts";
import { DedupFields, GroupingFields, HubFields, RiskFields } from "./settings-fields.tsx";
import { PreviewDialog } from "./settings-preview.tsx";

export function TriageSettings() {
  const pages = usePages([triageSettingsRoutes.listTriageSettings.path], (cursor, signal) =>
    call(
      triageSettingsRoutes.listTriageSettings,
      { query: { limit: 100, ...(cursor !== undefined && { cursor }) } },
      signal,
    ),
  );
  return (
    <div className="pane" tabIndex={0} role="region" aria-label="Settings of triage">
      <Outcome query={pages.query} what="the settings of triage" rows={10}>
        {() => {
          const [current] = pages.rows;
          return current === undefined ? null : <Form current={current} versions={pages.rows} />;
        }}
      </Outcome>
      <More pages={pages} />
    </div>
  );
}

function Form({ current, versions }: { current: SettingsVersion; versions: readonly SettingsVersion[] }) {
  const client = useQueryClient();
  const refused = useRefusal()("triage.write");
  // What the draft was begun from stays, also when a newer version comes in.
  const [base, setBase] = useState(current);
  const [draft, setDraft] = useState(current.settings);
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const [looking, setLooking] = useState(false);
  const changes = differences(base.settings, draft);
  const isOld = base.version < current.version;
  if (isOld && changes.length === 0) begin(current);
  const problem = problemOf(draft);
  function begin(from: SettingsVersion): void {
    setBase(from);
    setDraft(from.settings);
    setNote("");
  }
  const save = async (because: string, settings = draft): Promise<void> => {
    setBusy(true);
    try {
      const saved = await call(triageSettingsRoutes.putTriageSettings, {
        body: { base: base.version, note: because, settings },
      });
      begin(saved);
      toast({ title: `Version ${saved.version} holds from now on` });
    } catch (error) {
      const isConflict = error instanceof ApiError && error.problem.code === "TRIAGE_SETTINGS_CHANGED";
      const title = isConflict ? "Somebody changed the settings before you" : "The settings were not changed";
      toast({ title, body: explain(error), tone: "error" });
    } finally {
      setBusy(false);
      void client.invalidateQueries({ queryKey: [triageSettingsRoutes.listTriageSettings.path] });
      void client.invalidateQueries({ queryKey: [triageSettingsRoutes.listRisk.path] });
    }
  };
  return (
    <>
      {isOld && (
        <Partial
          action={
            <Button
              size="compact"
              onClick={() => {
                setDraft(onTopOf(base.settings, draft, current.settings));
                setBase(current);
              }}
            >
              Put my change on top of it
            </Button>
          }
        >
          Version {current.version} by {current.by} came in meanwhile:{" "}
          <Words of={differences(base.settings, current.settings)} />
        </Partial>
      )}
      <RiskFields value={draft} onChange={setDraft} />
      <GroupingFields value={draft} onChange={setDraft} />
      <HubFields value={draft} onChange={setDraft} />
      <DedupFields value={draft} onChange={setDraft} />
      <Versions
        versions={versions}
        refused={refused !== "" ? refused : changes.length > 0 ? "Save or drop your change first." : ""}
        onBack={(version) => void save(`Back to version ${version.version}`, version.settings)}
      />
      {changes.length > 0 && (
        <form
          className="settings-decide stack"
          aria-label="Your change"
          onSubmit={(event) => {
            event.preventDefault();
            if (refused === "" && problem === "" && note.trim().length >= 3 && !isOld) void save(note);
          }}
        >
          <div className="settings-differences">
            <span className="strong">{plural(changes.length, "change")}:</span> <Words of={changes} />
          </div>
          {problem !== "" && (
            <p className="field-error" role="alert">
              {problem}
            </p>
          )}
          <TextField label="Why" value={note} onChange={setNote} placeholder="Kept with the version" />
          <div className="row">
            <Button
              variant="primary"
              type="submit"
              busy={busy}
              refused={
                refused !== ""
                  ? refused
                  : problem !== ""
                    ? problem
                    : isOld
                      ? "Put your change on top of the newer version first."
                      : note.trim().length < 3
                        ? "Say why."
                        : ""
              }
            >
              {`Save as version ${current.version + 1}`}
            </Button>
            <Button refused={problem} onClick={() => setLooking(true)}>
              What would it change?
            </Button>
            <Button variant="ghost" onClick={() => begin(current)}>
              Drop the change
            </Button>
          </div>
        </form>
      )}
      {looking && <PreviewDialog settings={draft} onClose={() => setLooking(false)} />}
    </>
  );
}

function Versions(props: {
  versions: readonly SettingsVersion[];
  refused: string;
  onBack: (version: SettingsVersion) => void;
}) {
  return (
    <Panel title="Versions" note="every change, newest first" flush>
      <ul>
        {props.versions.map((version, at) => {
          const before = props.versions[at + 1];
          return (
            <li key={version.version} className="entry">
              <div className="stack tight">
                <div className="row wrap">
                  <span className="strong">Version {version.version}</span>
                  <LogText text={version.note} />
                  <span className="faint small">
                    {version.by} {version.at !== null && <Clock at={version.at} suffix="ago" />}
                  </span>
                  {at === 0 && <span className="faint small">holds now</span>}
                </div>
                {before !== undefined && (
                  <div className="small">
                    <Words of={differences(before.settings, version.settings)} />
                  </div>
                )}
              </div>
              {at > 0 && (
                <Button size="compact" refused={props.refused} onClick={() => props.onBack(version)}>
                  {`Go back to version ${version.version}`}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

function Words({ of }: { of: readonly Difference[] }) {
  if (of.length === 0) return <span className="faint">nothing differs</span>;
  return (
    <>
      {of.map(({ what, before, after }, at) => (
        <span key={what}>
          {at > 0 && "; "}
          <span className="faint">{what}</span> <LogText text={before} /> → <LogText text={after} />
        </span>
      ))}
    </>
  );
}
