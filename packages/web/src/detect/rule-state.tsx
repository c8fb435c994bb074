/** rule-state: draft, test, live or off: as a word, and as the button that changes it with a reason. */
import { detectRoutes, ruleState, type Rule, type RuleState as State } from "@holdfast/contracts/detect";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Field, TextArea } from "../ui/field.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Select } from "../ui/select.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";

export const STATE_WORDS: Readonly<Record<State, string>> = {
  live: "raises alerts",
  test: "matched and counted, raises no alerts",
  draft: "not matched yet",
  off: "switched off",
};

export const STATES = ruleState.options;

export function RuleStateTag({ rule }: { rule: Pick<Rule, "state" | "fed" | "overridden"> }) {
  const fed = rule.fed || rule.state === "off" || rule.state === "draft";
  return (
    <span className="row">
      {rule.state === "live" ? (
        <span className="faint">live</span>
      ) : (
        <Tag tone={rule.state === "test" ? "accent" : "neutral"} tip={STATE_WORDS[rule.state]}>
          {rule.state}
        </Tag>
      )}
      {!fed && (
        <Tag tone="high" tip="No source sends what this rule looks at: it can't match.">
          no source
        </Tag>
      )}
      {rule.overridden && <Tag tip="Its text was edited here and stands in for the file's.">edited</Tag>}
    </span>
  );
}

export function StateButton({ rule, tag = true }: { rule: Rule; tag?: boolean }) {
  const refused = useRefusal()("rules.write");
  const [open, setOpen] = useState(false);
  useKeys({ s: { label: "Change the state", run: () => refused === "" && setOpen(true) } });
  return (
    <>
      {tag && <RuleStateTag rule={rule} />}
      <Button refused={refused} keys="s" onClick={() => setOpen(true)}>
        State
      </Button>
      {open && <StateDialog rule={rule} onClose={() => setOpen(false)} />}
    </>
  );
}

export function StateDialog({ rule, onClose }: { rule: Rule; onClose: () => void }) {
  const client = useQueryClient();
  const [state, setState] = useState<State>(rule.state);
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      await call(detectRoutes.updateRule, { params: { id: rule.id }, body: { state, reason } });
      void client.invalidateQueries({ queryKey: [detectRoutes.getRule.path] });
      void client.invalidateQueries({ queryKey: [detectRoutes.listRules.path] });
      toast({ title: `The rule is ${state}: ${STATE_WORDS[state]}` });
      onClose();
    } catch (failure) {
      setError(explain(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title="State of the rule"
      note="A draft is not matched. In test it is matched and counted but raises no alerts."
      submit="Change the state"
      busy={busy}
      error={error}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <Field label="State" id="rule-state">
        <Select
          label="State"
          id="rule-state"
          value={state}
          options={STATES.map((value) => ({ value, label: `${value}: ${STATE_WORDS[value]}` }))}
          onChange={setState}
        />
      </Field>
      <TextArea label="Reason" value={reason} onChange={setReason} rows={2} />
    </FormDialog>
  );
}
