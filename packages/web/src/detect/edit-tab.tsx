/** edit-tab: a rule's text being worked on: what was changed is kept until it is saved or given up, and a save that comes after
 *  somebody else's says so and shows theirs. */
import { detectRoutes, type RuleDetail } from "@holdfast/contracts/detect";
import { editingRoutes } from "@holdfast/contracts/editing";
import { useQueryClient } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { call, explain, problemOf } from "../app/client.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { LogText } from "../ui/code.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Field, TextArea } from "../ui/field.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Select } from "../ui/select.tsx";
import { Partial } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
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

export function EditTab(
  props:
    | { rule: RuleDetail }
    | { rule?: undefined; createRoute: typeof editingRoutes.createRule; onCreated: (made: RuleDetail) => void },
) {
  const { rule } = props;
  const refused = useRefusal()("rules.write");
  const client = useQueryClient();
  const [saved, setSaved] = useState(rule?.text ?? TEMPLATE);
  const [text, setText] = useState(saved);
  const [asking, setAsking] = useState(false);
  const [theirs, setTheirs] = useState<string>();
  const changed = text !== saved;
  /** What was just saved is no loss when the page changes before it is read again. */
  const kept = useRef<string>(null);
  useBlocker({
    shouldBlockFn: ({ current, next }) =>
      changed &&
      kept.current !== text &&
      current.pathname !== next.pathname &&
      !window.confirm("Leave without saving the text?"),
    enableBeforeUnload: changed,
  });
  const ask = (): void => {
    if (refused === "" && changed) setAsking(true);
  };
  useKeys({ "mod+s": { label: "Save", run: ask, everywhere: true } });

  const save = async (note: string, state: (typeof FIRST_STATES)[number]): Promise<void> => {
    const done =
      rule === undefined
        ? await call(props.createRoute, { body: { text, note, state } })
        : await call(editingRoutes.saveRule, { params: { id: rule.id }, body: { text, note, version: rule.version } });
    setAsking(false);
    kept.current = text;
    setSaved(done.text);
    setText(done.text);
    toast({ title: rule === undefined ? `Saved as ${done.state}: ${STATE_WORDS[done.state]}` : "The text is saved" });
    for (const { path } of [detectRoutes.getRule, detectRoutes.listRules, editingRoutes.listRuleVersions])
      void client.invalidateQueries({ queryKey: [path] });
    if (rule === undefined) props.onCreated(done);
  };
  return (
    <div className="edit-tab">
      {theirs !== undefined && (
        <Partial
          action={
            <Button
              size="compact"
              onClick={() => void client.invalidateQueries({ queryKey: [detectRoutes.getRule.path] })}
            >
              Show their text
            </Button>
          }
        >
          <LogText text={theirs} /> Copy what you want to keep of yours first.
        </Partial>
      )}
      <div className="row between edit-tab-bar">
        <span className="faint small">
          {rule === undefined
            ? "A new rule; it gets an id when it is saved."
            : rule.edited === null
              ? `The text of ${rule.pack}/${rule.path}. Saving makes an override of it.`
              : `Version ${rule.version}, written by ${rule.edited.by}.`}
        </span>
        <div className="row">
          {changed && rule !== undefined && <Button onClick={() => setText(saved)}>Undo all changes</Button>}
          <Button
            variant="primary"
            keys="mod+s"
            refused={refused !== "" ? refused : changed ? "" : "Nothing was changed."}
            onClick={ask}
          >
            Save
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
      />
      {asking && (
        <SaveDialog fresh={rule === undefined} onSave={save} onConflict={setTheirs} onClose={() => setAsking(false)} />
      )}
    </div>
  );
}

function SaveDialog(props: {
  fresh: boolean;
  onSave: (note: string, state: (typeof FIRST_STATES)[number]) => Promise<void>;
  onConflict: (sentence: string) => void;
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
      if (problemOf(failure).status === 409) props.onConflict(explain(failure));
      setError(explain(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={props.fresh ? "Save the new rule" : "Save the text"}
      note="It reaches the stream within seconds; no event is missed meanwhile."
      submit="Save"
      busy={busy}
      error={error}
      onSubmit={() => void submit()}
      onClose={props.onClose}
    >
      {props.fresh && (
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
