/** settings-fields: the settings of triage as fields: what risk counts, how alerts come together, what ties nothing, what is one alert. */
import { SEVERITIES } from "@holdfast/contracts/model";
import type { TriageSettingsValue } from "@holdfast/contracts/triage-settings";
import { entityKind } from "@holdfast/contracts/triage";
import type { ReactNode } from "react";
import { Button } from "../ui/button.tsx";
import { Field, TextField } from "../ui/field.tsx";
import { Panel } from "../ui/page.tsx";
import { Select } from "../ui/select.tsx";
import { WORDS } from "../ui/severity.tsx";
import "./settings.css";

type Value = TriageSettingsValue;

interface Props {
  value: Value;
  onChange: (value: Value) => void;
}

export function RiskFields({ value, onChange }: Props) {
  const { risk } = value;
  const set = (change: Partial<Value["risk"]>): void => onChange({ ...value, risk: { ...risk, ...change } });
  return (
    <Panel
      title="Risk"
      note="points = severity × confidence × criticality × exposure × repeat × decay; their sum × spread"
    >
      <div className="stack loose">
        <div className="settings-grid">
          <Amount label="Threshold, points" value={risk.threshold} onChange={(threshold) => set({ threshold })} />
          <Amount
            label="Half-life, hours"
            value={risk.halfLifeHours}
            onChange={(halfLifeHours) => set({ halfLifeHours })}
          />
          <Amount label="Forgotten after, days" value={risk.keepDays} onChange={(keepDays) => set({ keepDays })} />
          <Amount label="Each doubling adds" value={risk.repeat} onChange={(repeat) => set({ repeat })} />
          <Amount label="Repetition at most ×" value={risk.repeatMost} onChange={(repeatMost) => set({ repeatMost })} />
          <Amount label="Each further tactic adds" value={risk.spread} onChange={(spread) => set({ spread })} />
          <Amount label="Spread at most ×" value={risk.spreadMost} onChange={(spreadMost) => set({ spreadMost })} />
        </div>
        <Group title="Points by severity">
          {SEVERITIES.toReversed().map((key) => (
            <Amount
              key={key}
              label={WORDS[key]}
              value={risk.severity[key]}
              onChange={(amount) => set({ severity: { ...risk.severity, [key]: amount } })}
            />
          ))}
        </Group>
        <Group title="Times, by the status of the rule">
          {(["stable", "test", "experimental", "deprecated", "unknown"] as const).map((key) => (
            <Amount
              key={key}
              label={key}
              value={risk.confidence[key]}
              onChange={(amount) => set({ confidence: { ...risk.confidence, [key]: amount } })}
            />
          ))}
        </Group>
        <Group title="Times, by criticality">
          {(["5", "4", "3", "2", "1", "none"] as const).map((key) => (
            <Amount
              key={key}
              label={key === "none" ? "not known" : key}
              value={risk.criticality[key]}
              onChange={(amount) => set({ criticality: { ...risk.criticality, [key]: amount } })}
            />
          ))}
        </Group>
        <Group title="Times, by exposure">
          {(["internet", "partner", "internal", "isolated", "unknown"] as const).map((key) => (
            <Amount
              key={key}
              label={key === "unknown" ? "not known" : key}
              value={risk.exposure[key]}
              onChange={(amount) => set({ exposure: { ...risk.exposure, [key]: amount } })}
            />
          ))}
        </Group>
      </div>
    </Panel>
  );
}

export function GroupingFields({ value, onChange }: Props) {
  const { grouping } = value;
  const set = (change: Partial<Value["grouping"]>): void =>
    onChange({ ...value, grouping: { ...grouping, ...change } });
  return (
    <Panel title="Alerts and incidents" note="what is one alert, and which alerts belong together">
      <div className="settings-grid wide">
        <Amount
          label="One alert, minutes"
          hint="Signals of a rule on one entity."
          value={grouping.windowMinutes}
          onChange={(windowMinutes) => set({ windowMinutes })}
        />
        <Amount
          label="Joined within, hours"
          hint="Alerts that share an entity."
          value={grouping.joinHours}
          onChange={(joinHours) => set({ joinHours })}
        />
        <Amount
          label="Next step within, minutes"
          hint="A tactic that follows on the estate's paths."
          value={grouping.stepMinutes}
          onChange={(stepMinutes) => set({ stepMinutes })}
        />
        <Amount
          label="Ties nothing above, alerts"
          hint="An entity in more alerts than this."
          value={grouping.noiseBound}
          onChange={(noiseBound) => set({ noiseBound })}
        />
        <Amount
          label="Alerts of an incident, at most"
          value={grouping.maxMembers}
          onChange={(maxMembers) => set({ maxMembers })}
        />
        <Amount
          label="A wave from, entities"
          hint="One rule on so many at once is one cause."
          value={grouping.waveBound}
          onChange={(waveBound) => set({ waveBound })}
        />
        <Amount
          label="A wave within, minutes"
          value={grouping.waveMinutes}
          onChange={(waveMinutes) => set({ waveMinutes })}
        />
        <Field label="Quiet below" id="quiet-below" hint="Counts for risk, raises no alert.">
          <Select
            id="quiet-below"
            label="Quiet below"
            value={value.quietBelow}
            options={SEVERITIES.map((severity) => ({ value: severity, label: WORDS[severity] }))}
            onChange={(quietBelow) => onChange({ ...value, quietBelow })}
          />
        </Field>
      </div>
    </Panel>
  );
}

const KINDS = entityKind.options.map((value) => ({ value, label: value }));

export function HubFields({ value, onChange }: Props) {
  const { hubs } = value;
  const set = (at: number, change: Partial<Value["hubs"][number]>): void =>
    onChange({ ...value, hubs: hubs.map((hub, index) => (index === at ? { ...hub, ...change } : hub)) });
  return (
    <Panel
      title="Hubs"
      note="entities that tie nothing: a proxy, a domain controller, a scanner"
      tools={
        <Button
          size="compact"
          onClick={() => onChange({ ...value, hubs: [...hubs, { kind: "host", value: "", reason: "" }] })}
        >
          Add a hub
        </Button>
      }
    >
      {hubs.length === 0 && <p className="faint small">None. Every entity may tie alerts together.</p>}
      {hubs.map((hub, at) => (
        <div key={at} className="settings-line">
          <Field label="Kind" id={`hub-${at}`}>
            <Select
              id={`hub-${at}`}
              label="Kind"
              value={hub.kind}
              options={KINDS}
              onChange={(kind) => set(at, { kind })}
            />
          </Field>
          <TextField label="Value" value={hub.value} onChange={(text) => set(at, { value: text })} />
          <TextField label="What it is" value={hub.reason} onChange={(reason) => set(at, { reason })} />
          <Button
            label={`Remove the hub ${hub.value}`}
            onClick={() => onChange({ ...value, hubs: hubs.filter((_, index) => index !== at) })}
          >
            Remove
          </Button>
        </div>
      ))}
    </Panel>
  );
}

export function DedupFields({ value, onChange }: Props) {
  const { dedup } = value;
  const set = (at: number, change: Partial<Value["dedup"][number]>): void =>
    onChange({ ...value, dedup: dedup.map((one, index) => (index === at ? { ...one, ...change } : one)) });
  return (
    <Panel
      title="Deduplication"
      note="what signals of a rule are one alert by, instead of its entity"
      tools={
        <Button
          size="compact"
          onClick={() => onChange({ ...value, dedup: [...dedup, { ruleId: "", keys: ["host"], windowMinutes: 60 }] })}
        >
          Add a rule
        </Button>
      }
    >
      {dedup.length === 0 && (
        <p className="faint small">
          None. Signals of one rule on one entity are one alert for {value.grouping.windowMinutes} minutes.
        </p>
      )}
      {dedup.map((one, at) => (
        <div key={at} className="settings-line dedup">
          <TextField label="Id of the rule" value={one.ruleId} onChange={(ruleId) => set(at, { ruleId })} />
          <fieldset className="settings-keys">
            <legend>One alert for each</legend>
            {entityKind.options.map((kind) => (
              <label key={kind} className="checkbox">
                <input
                  type="checkbox"
                  checked={one.keys.includes(kind)}
                  onChange={(event) =>
                    set(at, {
                      keys: event.target.checked ? [...one.keys, kind] : one.keys.filter((key) => key !== kind),
                    })
                  }
                />
                <span>{kind}</span>
              </label>
            ))}
          </fieldset>
          <Amount
            label="For, minutes"
            value={one.windowMinutes}
            onChange={(windowMinutes) => set(at, { windowMinutes })}
          />
          <Button
            label={`Remove the rule ${one.ruleId}`}
            onClick={() => onChange({ ...value, dedup: dedup.filter((_, index) => index !== at) })}
          >
            Remove
          </Button>
        </div>
      ))}
    </Panel>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className="settings-group">
      <legend>{title}</legend>
      <div className="settings-grid">{children}</div>
    </fieldset>
  );
}

/** An emptied field is no number, which the form refuses by the name of its place. */
function Amount(props: { label: string; hint?: string; value: number; onChange: (amount: number) => void }) {
  return (
    <TextField
      label={props.label}
      {...(props.hint !== undefined && { hint: props.hint })}
      type="number"
      step="any"
      value={Number.isNaN(props.value) ? "" : String(props.value)}
      onChange={(text) => props.onChange(text === "" ? Number.NaN : Number(text))}
    />
  );
}
