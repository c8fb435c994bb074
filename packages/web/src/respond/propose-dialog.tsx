/** propose-dialog: an action for an incident: what, by which system, on what; then its literal command, its impact and who will have to
 *  approve it, before it is proposed. The fields come from the action's own schema. */
import { type ActionView, connectorRoutes } from "@holdfast/contracts/connectors";
import { respondRoutes } from "@holdfast/contracts/respond";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { useCall } from "../app/query.ts";
import { Button } from "../ui/button.tsx";
import { Code } from "../ui/code.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Facts, Section } from "../ui/drawer.tsx";
import { Checkbox, Field, TextArea, TextField } from "../ui/field.tsx";
import { Select } from "../ui/select.tsx";
import { Empty } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import { lastingOf, sidesOf } from "./effect-words.ts";
import { ImpactView } from "./impact-view.tsx";

const MINUTE_MS = 60_000;
const LASTS = [
  { value: "policy", label: "as the policy says" },
  { value: "30", label: "30 minutes" },
  { value: "240", label: "4 hours" },
  { value: "1440", label: "1 day" },
  { value: "none", label: "until someone undoes it" },
] as const;

type Values = Readonly<Record<string, string | boolean>>;

export function ProposeDialog({ incidentId, onClose }: { incidentId: string; onClose: () => void }) {
  const client = useQueryClient();
  const actions = useCall(connectorRoutes.listActions, {});
  const connectors = useCall(connectorRoutes.listConnectors, {});
  const [key] = useState(() => crypto.randomUUID());
  const [chosen, setChosen] = useState("");
  const [by, setBy] = useState("");
  const [values, setValues] = useState<Values>({});
  const [lasts, setLasts] = useState<(typeof LASTS)[number]["value"]>("policy");
  const [reason, setReason] = useState("");
  const [seen, setSeen] = useState<Awaited<ReturnType<typeof preview>>>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const able = (action: ActionView) =>
    (connectors.data?.items ?? []).filter(({ kind, enabled }) => enabled && action.connectors.includes(kind));
  const possible = (actions.data?.items ?? []).filter((action) => able(action).length > 0);
  const action = possible.find(({ name }) => name === chosen) ?? possible[0];
  const systems = action === undefined ? [] : able(action);
  const system = systems.find(({ id }) => id === by) ?? systems[0];
  const changed = (): void => {
    setSeen(undefined);
    setError(undefined);
  };
  const asked = () => ({
    action: action?.name ?? "",
    connectorId: system?.id ?? "",
    input: inputOf(action, values),
    ...(lasts === "policy" ? {} : { undoAfterMs: lasts === "none" ? null : Number(lasts) * MINUTE_MS }),
  });
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await work();
    } catch (failure) {
      setError(explain(failure));
    } finally {
      setBusy(false);
    }
  };
  const show = () => attempt(async () => setSeen(await preview(asked())));
  const propose = () =>
    attempt(async () => {
      const effect = await call(respondRoutes.proposeEffect, { body: { key, incidentId, reason, ...asked() } });
      toast({ title: effect.state === "waiting" ? "Proposed; it waits for approval" : "It is being done" });
      void client.invalidateQueries({ queryKey: [respondRoutes.listEffects.path] });
      onClose();
    });
  const refused = seen === undefined ? "" : (seen.blocked ?? (reason.trim().length < 3 ? "Say why first." : ""));
  return (
    <Dialog
      title="Propose an action"
      note="Nothing is done before its impact was shown, and approved by whoever owns what it hits."
      open
      wide
      onClose={onClose}
    >
      {actions.data !== undefined && connectors.data !== undefined && action === undefined ? (
        <Empty title="No system is connected that could act">
          <p>
            Connect a firewall, a directory or an endpoint product first; the actions it can carry out then appear here.
          </p>
        </Empty>
      ) : (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            if (seen === undefined) void show();
            else if (refused === "") void propose();
          }}
        >
          <div className="row wrap">
            <Field label="Action" id="propose-action">
              <Select
                label="Action"
                id="propose-action"
                value={action?.name ?? ""}
                options={possible.map(({ name, title }) => ({ value: name, label: title }))}
                onChange={(name) => {
                  setChosen(name);
                  setValues({});
                  changed();
                }}
              />
            </Field>
            <Field label="By" id="propose-system">
              <Select
                label="By"
                id="propose-system"
                value={system?.id ?? ""}
                options={systems.map(({ id, name }) => ({ value: id, label: name }))}
                onChange={(id) => {
                  setBy(id);
                  changed();
                }}
              />
            </Field>
            {action?.undoable === true && (
              <Field label="Lasts" id="propose-lasts">
                <Select
                  label="Lasts"
                  id="propose-lasts"
                  value={lasts}
                  options={LASTS}
                  onChange={(value) => {
                    setLasts(value);
                    changed();
                  }}
                />
              </Field>
            )}
          </div>
          {action !== undefined && <p className="small faint">{action.description}</p>}
          {fieldsOf(action).map(({ name, title, hint, kind, required }) =>
            kind === "boolean" ? (
              <Checkbox
                key={name}
                label={title}
                checked={values[name] === true}
                onChange={(checked) => {
                  setValues({ ...values, [name]: checked });
                  changed();
                }}
              />
            ) : (
              <TextField
                key={name}
                label={title}
                hint={hint}
                type={kind === "number" ? "number" : "text"}
                required={required}
                value={String(values[name] ?? "")}
                onChange={(value) => {
                  setValues({ ...values, [name]: value });
                  changed();
                }}
              />
            ),
          )}
          <TextArea
            label="Why"
            value={reason}
            onChange={setReason}
            rows={2}
            hint="Whoever approves reads it: what was seen, and what this stops."
          />
          {seen !== undefined && (
            <>
              <Section title="What will be done, literally">
                <Code text={seen.command} label="Command" />
              </Section>
              <ImpactView impact={seen.impact} />
              <Facts
                items={[
                  ["Lasts", lastingOf(seen)],
                  [
                    "Approval",
                    seen.requirement === null
                      ? "none needed: it only reads"
                      : `${sidesOf(seen.requirement)}. ${seen.requirement.because}`,
                  ],
                ]}
              />
              {seen.blocked === null && seen.over !== null && <p className="faint">{seen.over}</p>}
              {seen.blocked !== null && (
                <p className="field-error" role="alert">
                  {seen.blocked}
                </p>
              )}
            </>
          )}
          {error !== undefined && (
            <p className="field-error" role="alert">
              {error}
            </p>
          )}
          <div className="row dialog-actions">
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" variant="primary" busy={busy} refused={refused}>
              {seen === undefined ? "Show the impact" : "Propose it"}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

async function preview(body: Parameters<typeof call<typeof respondRoutes.previewEffect>>[1]["body"]) {
  return call(respondRoutes.previewEffect, { body });
}

interface FormField {
  readonly name: string;
  readonly title: string;
  readonly hint: string;
  readonly kind: "text" | "number" | "boolean" | "list" | "json";
  readonly required: boolean;
}

/** The parts of a JSON Schema that a form can show; what is nested is typed in as JSON. */
function fieldsOf(action: ActionView | undefined): FormField[] {
  const { properties, required } = action?.input ?? {};
  if (typeof properties !== "object" || properties === null) return [];
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(properties).map(([name, schema]: [string, unknown]) => {
    const about = typeof schema === "object" && schema !== null ? (schema as Readonly<Record<string, unknown>>) : {};
    const { type, title, description } = about;
    const hasDefault = "default" in about;
    const kind =
      type === "boolean"
        ? "boolean"
        : type === "integer" || type === "number"
          ? "number"
          : type === "array"
            ? "list"
            : type === "object"
              ? "json"
              : "text";
    return {
      name,
      title: typeof title === "string" ? title : `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
      hint:
        typeof description === "string"
          ? description
          : kind === "list"
            ? "Separate several by commas."
            : kind === "json"
              ? "As JSON."
              : "",
      kind,
      required: needed.includes(name) && !hasDefault,
    };
  });
}

type Input = Parameters<typeof call<typeof respondRoutes.previewEffect>>[1]["body"]["input"];

function inputOf(action: ActionView | undefined, values: Values): Input {
  const input: Input = {};
  for (const { name, kind } of fieldsOf(action)) {
    const value = values[name];
    if (value === undefined || value === "") continue;
    if (typeof value === "boolean") input[name] = value;
    else if (kind === "number") input[name] = Number(value);
    else if (kind === "list") input[name] = value.split(",").map((part) => part.trim());
    else if (kind === "json") input[name] = parsed(value);
    else input[name] = value;
  }
  return input;
}

function parsed(text: string): Input[string] {
  try {
    return JSON.parse(text) as Input[string];
  } catch {
    return text;
  }
}
