/** policy-form: makes or changes an escalation policy: for which incidents, whom first, whom next, how long in between. */
import { accessRoutes } from "@holdfast/contracts/access";
import { SEVERITIES, type Severity } from "@holdfast/contracts/model";
import { oncallRoutes } from "@holdfast/contracts/oncall";
import type { NotifyTarget, Policy, PolicyStep, Schedule } from "@holdfast/contracts/oncall-model";
import { useState } from "react";
import { call } from "../app/client.ts";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Field, TextField } from "../ui/field.tsx";
import { Select } from "../ui/select.tsx";
import "./oncall.css";
import { useChange } from "../app/use-change.ts";

interface FormProps {
  policy: Policy | null;
  schedules: readonly Schedule[];
  onClose: () => void;
}

export function PolicyForm({ policy, schedules, onClose }: FormProps) {
  const people = useCall(accessRoutes.listPeople, {});
  const [name, setName] = useState(policy?.name ?? "");
  const [from, setFrom] = useState<Severity | "hand">(
    policy === null ? "high" : (policy.opens?.severityAtLeast ?? "hand"),
  );
  const [repeat, setRepeat] = useState(String(policy?.repeat ?? 1));
  const [steps, setSteps] = useState<readonly PolicyStep[]>(policy?.steps ?? []);
  const { busy, error, run } = useChange();
  const refused = useRefusal()("oncall.write");
  const targets: readonly NotifyTarget[] = [
    ...schedules.map(({ id }) => ({ kind: "schedule" as const, id })),
    { kind: "team", team: "security" },
    { kind: "team", team: "operations" },
    ...(people.data?.items ?? []).map(({ id }) => ({ kind: "person" as const, id })),
  ];
  const options = targets.map((target) => ({ value: JSON.stringify(target), label: labelOf(target) }));
  function labelOf(target: NotifyTarget): string {
    if (target.kind === "schedule")
      return `On call: ${schedules.find(({ id }) => id === target.id)?.name ?? target.id}`;
    if (target.kind === "person") return people.data?.items.find(({ id }) => id === target.id)?.name ?? target.id;
    return target.kind === "team" ? `Everyone in ${target.team}` : target.to;
  }
  const change = (at: number, next: Partial<PolicyStep>): void =>
    setSteps(steps.map((step, place) => (place === at ? { ...step, ...next } : step)));
  const submit = async (): Promise<void> => {
    const known = policy?.opens ?? { services: [], criticalityAtLeast: 0 };
    const opens = from === "hand" ? null : { ...known, severityAtLeast: from };
    const body = {
      name,
      opens,
      repeat: Math.max(0, Number(repeat) || 0),
      steps: [...steps],
      order: policy?.order ?? 100,
    };
    const done = await run(
      () =>
        policy === null
          ? call(oncallRoutes.createPolicy, { body })
          : call(oncallRoutes.savePolicy, { params: { id: policy.id }, body }),
      `${name} is saved`,
    );
    if (done) onClose();
  };
  const remove = async (): Promise<void> => {
    if (policy === null) return;
    if (await run(() => call(oncallRoutes.deletePolicy, { params: { id: policy.id } }), `${policy.name} is deleted`))
      onClose();
  };
  return (
    <FormDialog
      title={policy === null ? "Add an escalation policy" : `Edit ${policy.name}`}
      submit={policy === null ? "Add the policy" : "Save"}
      busy={busy}
      refused={steps.length === 0 && refused === "" ? "Add a step first." : refused}
      error={error}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <TextField label="Name" value={name} onChange={setName} required autoFocus />
      <div className="oncall-grid">
        <Field label="For incidents" id="policy-from">
          <Select
            id="policy-from"
            label="For incidents"
            value={from}
            options={[
              ...SEVERITIES.map((value) => ({ value, label: `from ${value} on` })),
              { value: "hand" as const, label: "by hand only" },
            ]}
            onChange={setFrom}
          />
        </Field>
        <TextField label="Times it begins again" type="number" value={repeat} onChange={setRepeat} />
      </div>
      {steps.map((step, at) => (
        <div key={at} className="oncall-grid">
          <Field label={`Step ${at + 1}: page`} id={`policy-step-${at}`}>
            <Select
              id={`policy-step-${at}`}
              label={`Step ${at + 1}`}
              value={JSON.stringify(step.notify[0])}
              options={withChosen(options, step.notify[0], labelOf)}
              onChange={(chosen) => {
                const target = targets.find((one) => JSON.stringify(one) === chosen);
                if (target !== undefined) change(at, { notify: [target, ...step.notify.slice(1)] });
              }}
            />
          </Field>
          <TextField
            label="Then wait, minutes"
            type="number"
            value={String(step.waitSeconds / 60)}
            onChange={(minutes) => change(at, { waitSeconds: Math.max(1, Math.round(Number(minutes) * 60) || 60) })}
          />
          <Button size="compact" onClick={() => setSteps(steps.filter((_, place) => place !== at))}>
            Remove step {at + 1}
          </Button>
        </div>
      ))}
      <div className="row between">
        <Button
          size="compact"
          onClick={() => {
            const [first] = targets;
            if (first !== undefined) setSteps([...steps, { notify: [first], waitSeconds: 300, when: null }]);
          }}
        >
          Add a step
        </Button>
        {policy !== null && (
          <Button size="compact" variant="danger" refused={refused} onClick={() => void remove()}>
            Delete the policy
          </Button>
        )}
      </div>
    </FormDialog>
  );
}

/** What is chosen is always shown, also when it is no longer offered. */
function withChosen(
  options: readonly { value: string; label: string }[],
  target: NotifyTarget | undefined,
  labelOf: (target: NotifyTarget) => string,
): readonly { value: string; label: string }[] {
  const value = JSON.stringify(target);
  if (target === undefined || options.some((option) => option.value === value)) return options;
  return [{ value, label: labelOf(target) }, ...options];
}
