/** edit-tab: a rule's text being worked on: what was changed is kept until it is saved or given up. When somebody else saves meanwhile,
 *  both texts are compared and the choice is asked for. */
import { detectRoutes, type RuleDetail } from "@holdfast/contracts/detect";
import type { Output } from "@holdfast/contracts";
import { editingRoutes } from "@holdfast/contracts/editing";
import { ruleDraftRoutes } from "@holdfast/contracts/rule-drafts";
import { useQueryClient } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { call, explain, problemOf } from "../app/client.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Field, TextArea } from "../ui/field.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { plural } from "../ui/number.ts";
import { Select } from "../ui/select.tsx";
import { toast } from "../ui/toast.tsx";
import { EditConflict } from "./edit-conflict.tsx";
import { RuleEditor } from "./editor/rule-editor.tsx";
import { STATE_WORDS } from "./rule-state.tsx";

const TEMPLATE = `title: 
status: experimental
description: 
author: 
tags:
  - attack.
logsource:
  product: 
  category: 
detection:
  selection:
    
  condition: selection
falsepositives:
  - Unknown
level: medium
`;

const FIRST_STATES = ["draft", "test", "live"] as const;

/** A text that does not load yet, as it was kept. */
export type OpenDraft = Pick<Output<typeof ruleDraftRoutes.getRuleDraft>, "id" | "text" | "version">;

export function EditTab(
  props: {
    draft: OpenDraft | undefined;
    /** The draft is a rule now, and gone. */
    onDraftUsed?: () => void;
  } & (
    | { rule: RuleDetail }
    | { rule?: undefined; createRoute: typeof editingRoutes.createRule; onCreated: (made: RuleDetail) => void }
  ),
) {
  const { rule } = props;
  const refused = useRefusal()("rules.write");
  const client = useQueryClient();
  const [base, setBase] = useState({ text: rule?.text ?? TEMPLATE, version: rule?.version ?? 0 });
  const [draft, setDraft] = useState(props.draft);
  const [text, setText] = useState(draft?.text ?? base.text);
  const [errors, setErrors] = useState(0);
  const [asking, setAsking] = useState(false);
  const changed = text !== base.text;
  /** Somebody else saved since this text was begun. */
  const overtaken = rule !== undefined && rule.version > base.version;
  if (overtaken && !changed) {
    setBase(rule);
    setText(rule.text);
  }
  /** What was just saved is no loss when the page changes before it is read again. */
  const kept = useRef<string | null>(draft?.text ?? null);
  useBlocker({
    shouldBlockFn: ({ current, next }) =>
      changed &&
      kept.current !== text &&
      current.pathname !== next.pathname &&
      !window.confirm("Leave without saving the text?"),
    enableBeforeUnload: () => changed && kept.current !== text,
  });
  const ask = (): void => {
    if (refused === "" && changed && !overtaken) setAsking(true);
  };
  useKeys({ "mod+s": { label: "Save", run: ask, everywhere: true } });

  const keepDraft = async (note: string): Promise<void> => {
    const made =
      draft === undefined
        ? await call(ruleDraftRoutes.createRuleDraft, {
            body: { text, note, ...(rule !== undefined && { rule: rule.id }) },
          })
        : await call(ruleDraftRoutes.saveRuleDraft, {
            params: { id: draft.id },
            body: { text, note, version: draft.version },
          });
    setAsking(false);
    kept.current = text;
    setDraft(made);
    toast({ title: "Kept as a draft: it does not load yet, and is not matched" });
    void client.invalidateQueries({ queryKey: [ruleDraftRoutes.listRuleDrafts.path] });
  };
  const save = async (note: string, state: (typeof FIRST_STATES)[number]): Promise<void> => {
    const done =
      rule === undefined
        ? await call(props.createRoute, { body: { text, note, state } })
        : await call(editingRoutes.saveRule, { params: { id: rule.id }, body: { text, note, version: base.version } });
    if (draft !== undefined) {
      await call(ruleDraftRoutes.deleteRuleDraft, { params: { id: draft.id } });
      setDraft(undefined);
      props.onDraftUsed?.();
      void client.invalidateQueries({ queryKey: [ruleDraftRoutes.listRuleDrafts.path] });
    }
    setAsking(false);
    kept.current = text;
    setBase(done);
    setText(done.text);
    toast({ title: rule === undefined ? `Saved as ${done.state}: ${STATE_WORDS[done.state]}` : "The text is saved" });
    for (const { path } of [detectRoutes.getRule, detectRoutes.listRules, editingRoutes.listRuleVersions])
      void client.invalidateQueries({ queryKey: [path] });
    if (rule === undefined) props.onCreated(done);
  };
  return (
    <div className="edit-tab">
      {overtaken && changed && (
        <EditConflict
          rule={rule}
          mine={text}
          onKeepMine={() => setBase(rule)}
          onTakeTheirs={() => {
            setBase(rule);
            setText(rule.text);
          }}
        />
      )}
      <div className="row between edit-tab-bar">
        <span className="faint small">
          {draft !== undefined
            ? `A draft, version ${draft.version}: it becomes ${rule === undefined ? "a rule" : "the rule's text"} when it is saved without errors.`
            : rule === undefined
              ? "A new rule; it gets an id when it is saved."
              : rule.edited === null
                ? `The text of ${rule.pack}/${rule.path}. Saving makes an override of it.`
                : `Version ${rule.version}, written by ${rule.edited.by}.`}
        </span>
        <div className="row">
          {changed && rule !== undefined && <Button onClick={() => setText(base.text)}>Undo all changes</Button>}
          <Button
            variant="primary"
            keys="mod+s"
            refused={
              refused !== ""
                ? refused
                : overtaken
                  ? "Somebody else saved meanwhile: choose above first."
                  : changed
                    ? ""
                    : "Nothing was changed."
            }
            onClick={ask}
          >
            {errors > 0 ? "Save as a draft" : "Save"}
          </Button>
        </div>
      </div>
      <RuleEditor
        label="Text of the rule"
        text={text}
        id={rule?.id}
        readOnly={refused !== ""}
        onChange={setText}
        onSave={ask}
        onErrors={setErrors}
      />
      {asking && (
        <SaveDialog
          fresh={rule === undefined}
          errors={errors}
          onSave={(note, state) => (errors > 0 ? keepDraft(note) : save(note, state))}
          onConflict={() => {
            setAsking(false);
            void client.invalidateQueries({ queryKey: [detectRoutes.getRule.path] });
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}

function SaveDialog(props: {
  fresh: boolean;
  /** With any, it can only be kept as a draft. */
  errors: number;
  onSave: (note: string, state: (typeof FIRST_STATES)[number]) => Promise<void>;
  onConflict: () => void;
  onClose: () => void;
}) {
  const [note, setNote] = useState("");
  const [state, setState] = useState<(typeof FIRST_STATES)[number]>("test");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      await props.onSave(note, state);
    } catch (failure) {
      // A new rule has no version to be behind of: its id is somebody else's.
      if (problemOf(failure).status === 409 && !props.fresh && props.errors === 0) props.onConflict();
      else setError(explain(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={props.errors > 0 ? "Keep as a draft" : props.fresh ? "Save the new rule" : "Save the text"}
      note={
        props.errors > 0
          ? `It does not load yet: ${plural(props.errors, "error")}. A draft is never matched${props.fresh ? "" : "; the text in force stays"}.`
          : "It reaches the stream within seconds; no event is missed meanwhile."
      }
      submit={props.errors > 0 ? "Keep the draft" : "Save"}
      busy={busy}
      error={error}
      onSubmit={() => void submit()}
      onClose={props.onClose}
    >
      {props.fresh && props.errors === 0 && (
        <Field label="State" id="new-rule-state">
          <Select
            label="State"
            id="new-rule-state"
            value={state}
            options={FIRST_STATES.map((value) => ({ value, label: `${value}: ${STATE_WORDS[value]}` }))}
            onChange={setState}
          />
        </Field>
      )}
      <TextArea label="What was changed and why" value={note} onChange={setNote} rows={2} />
    </FormDialog>
  );
}
