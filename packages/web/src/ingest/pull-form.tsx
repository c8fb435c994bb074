/** pull-form: what Holdfast fetches itself: choose it, do what must be done at the other side, fill in, hear what the other side answers
 *  before anything is saved. The same form changes a source that is there. */
import { type Pull, type PullKind, pullRoutes, type PullTrial } from "@holdfast/contracts/pulls";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { draftOf, fieldsOf, linesOf, SchemaForm, valueOf } from "../connectors/schema-form.tsx";
import { Button } from "../ui/button.tsx";
import { Code, LogText } from "../ui/code.tsx";
import { Field, TextArea, TextField } from "../ui/field.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Select } from "../ui/select.tsx";
import { Tag } from "../ui/tag.tsx";

interface Ends {
  readonly onDone: (pull: Pull) => void;
  readonly onCancel: () => void;
}

/** @param kind given when it is known what to fetch; else it is asked for */
export function PullForm({ pull, kind, ...ends }: { pull: Pull | null; kind?: string } & Ends) {
  const kinds = useCall(pullRoutes.listPullKinds, {});
  return (
    <Outcome query={kinds} what="what can be fetched">
      {({ items }) => <Choice kinds={items} pull={pull} known={pull?.kind ?? kind} {...ends} />}
    </Outcome>
  );
}

function Choice({
  kinds,
  pull,
  known,
  ...ends
}: { kinds: readonly PullKind[]; pull: Pull | null; known: string | undefined } & Ends) {
  const [name, setName] = useState(known ?? kinds[0]?.kind ?? "");
  const kind = kinds.find((one) => one.kind === name);
  return (
    <div className="stack dialog-pad">
      {known === undefined && (
        <Field label="What to fetch" id="pull-kind">
          <Select
            id="pull-kind"
            label="What to fetch"
            value={name}
            options={kinds.map((one) => ({ value: one.kind, label: one.title }))}
            onChange={setName}
          />
        </Field>
      )}
      {kind !== undefined && <Fields key={kind.kind} kind={kind} pull={pull} {...ends} />}
    </div>
  );
}

function Fields({ kind, pull, onDone, onCancel }: { kind: PullKind; pull: Pull | null } & Ends) {
  const client = useQueryClient();
  const settings = fieldsOf(kind.settings);
  const secrets = fieldsOf(kind.secrets);
  const [name, setName] = useState(pull?.name ?? kind.title);
  const [settingsDraft, setSettingsDraft] = useState(draftOf(settings, pull?.settings ?? {}));
  const [secretsDraft, setSecretsDraft] = useState(draftOf(secrets, {}));
  const [allow, setAllow] = useState(pull?.allow.join("\n") ?? "");
  const [since, setSince] = useState("");
  const [busy, setBusy] = useState<"try" | "save" | null>(null);
  const [error, setError] = useState<string>();
  const [trial, setTrial] = useState<PullTrial>();

  const entered = () => ({
    settings: valueOf(settings, settingsDraft),
    secrets: Object.fromEntries(
      Object.entries(valueOf(secrets, secretsDraft)).map(([field, value]) => [field, String(value)]),
    ),
    allow: linesOf(allow),
  });
  const working = async (what: "try" | "save", work: () => Promise<void>): Promise<void> => {
    if (busy !== null) return;
    setBusy(what);
    setError(undefined);
    try {
      await work();
    } catch (reason) {
      setTrial(undefined);
      setError(explain(reason));
    } finally {
      setBusy(null);
    }
  };
  const attempt = (): Promise<void> =>
    working("try", async () => {
      const id = pull === null ? {} : { id: pull.id };
      setTrial(await call(pullRoutes.tryPull, { body: { kind: kind.kind, ...entered(), ...id } }));
    });
  const save = (): Promise<void> =>
    working("save", async () => {
      const from = since === "" ? {} : { since: new Date(`${since}T00:00:00Z`).toISOString() };
      const saved =
        pull === null
          ? await call(pullRoutes.addPull, { body: { name: name.trim(), kind: kind.kind, ...entered(), ...from } })
          : await call(pullRoutes.updatePull, { params: { id: pull.id }, body: entered() });
      void client.invalidateQueries({ queryKey: [pullRoutes.getPull.path] });
      onDone(saved);
    });
  useKeys({ "mod+Enter": { label: "Try it now", run: () => void attempt(), everywhere: true } });

  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== "") void save();
      }}
    >
      <p className="dim">{kind.description}</p>
      {pull === null && kind.before.length > 0 && (
        <div>
          <p className="strong">First, at the other side</p>
          <ol>
            {kind.before.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
          <p>
            <a href={kind.docs} target="_blank" rel="noreferrer">
              Its documentation
            </a>
          </p>
        </div>
      )}
      {pull === null && <TextField label="Name" value={name} onChange={setName} required />}
      <SchemaForm fields={settings} draft={settingsDraft} onChange={setSettingsDraft} />
      <SchemaForm fields={secrets} draft={secretsDraft} onChange={setSecretsDraft} stored={pull?.secrets ?? []} />
      {pull === null && kind.backfill && (
        <TextField
          label="Fetch from (optional)"
          value={since}
          onChange={setSince}
          type="date"
          hint="What happened since that day, in UTC, comes too. Without it: the last day."
        />
      )}
      <TextArea
        label="Private addresses it may reach (optional)"
        value={allow}
        onChange={setAllow}
        mono
        rows={2}
        hint="One a line: an address or a range, with a port where you can. Public addresses need no entry."
      />
      <p className="dim small">{kind.promise}</p>
      {error !== undefined && (
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
      {trial !== undefined && <Trial trial={trial} />}
      <div className="row wrap dialog-actions">
        <Button onClick={onCancel}>Cancel</Button>
        <Button onClick={() => void attempt()} busy={busy === "try"} keys="mod+Enter">
          Try it now
        </Button>
        <Button
          type="submit"
          variant="primary"
          busy={busy === "save"}
          refused={name.trim() === "" ? "Write a name first." : ""}
        >
          {pull === null ? "Add the source" : "Save"}
        </Button>
      </div>
    </form>
  );
}

/** What the other side answered, each stream by itself; nothing of it was stored. */
function Trial({ trial }: { trial: PullTrial }) {
  return (
    <div className="stack" role="region" aria-label="What the other side answers" aria-live="polite">
      {trial.answers.length === 0 && <p>Nothing is switched on to be fetched.</p>}
      {trial.answers.map(({ stream, ok, said, sample }) => (
        <div key={stream} className="stack">
          <p>
            <Tag tone={ok ? "neutral" : "high"}>{ok ? "answers" : "does not work"}</Tag> <LogText text={stream} />:{" "}
            <LogText text={said} />
          </p>
          {sample !== null && <Code text={sample} label={`First record of ${stream}`} />}
        </div>
      ))}
      {trial.ok && <p className="dim">Nothing was stored.</p>}
    </div>
  );
}
