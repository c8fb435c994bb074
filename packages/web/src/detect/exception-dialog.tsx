/** exception-dialog: makes or changes an exception: the filter as text with what is wrong with it, who answers for it, why, and
 *  until when. Without an end it would outlive its reason, so an end is proposed. */
import { authoringRoutes } from "@holdfast/contracts/authoring";
import { type Exception, exceptionRoutes } from "@holdfast/contracts/exceptions";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { call, explain } from "../app/client.ts";
import { useCall } from "../app/query.ts";
import { useRefusal, useSession } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, TextArea, TextField } from "../ui/field.tsx";
import { Select } from "../ui/select.tsx";
import { Skeleton } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import { Findings } from "./editor/findings.tsx";
import "./editor/rule-editor.css";
import { useSettledText } from "./editor/settled-text.ts";

const YamlEditor = lazy(async () => ({ default: (await import("./editor/yaml-editor.tsx")).YamlEditor }));
const DAY_MS = 86_400_000;
const ENDS = [
  { value: "7", label: "in 7 days" },
  { value: "30", label: "in 30 days" },
  { value: "90", label: "in 90 days" },
  { value: "365", label: "in a year" },
  { value: "keep", label: "as it is" },
  { value: "never", label: "never by itself" },
] as const;
type End = (typeof ENDS)[number]["value"];

export interface ExceptionStart {
  readonly text: string;
  readonly owner?: string;
  readonly reason?: string;
}

export function ExceptionDialog(props: {
  start: ExceptionStart;
  existing?: Exception;
  /** Stands above the filter: choices that write it. */
  children?: React.ReactNode;
  onClose: () => void;
}) {
  const { existing } = props;
  const session = useSession();
  const refused = useRefusal()("rules.write");
  const client = useQueryClient();
  const [text, setText] = useState(props.start.text);
  const [given, setGiven] = useState(props.start.text);
  const [owner, setOwner] = useState(props.start.owner ?? session.user.name);
  const [reason, setReason] = useState(props.start.reason ?? "");
  const [end, setEnd] = useState<End>(existing === undefined ? "30" : "keep");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  if (props.start.text !== given) {
    setGiven(props.start.text);
    setText(props.start.text);
  }
  const settled = useSettledText(text, 300);
  const check = useCall(
    authoringRoutes.checkRule,
    { body: { text: settled } },
    { keep: true, enabled: settled !== "" },
  );
  const broken = (check.data?.findings ?? []).find(({ severity }) => severity === "error");
  const findings = (check.data?.findings ?? []).filter(({ code }) => code !== "ID_MISSING");
  const run = async (work: () => Promise<string>): Promise<void> => {
    setBusy(true);
    try {
      toast({ title: await work() });
      void client.invalidateQueries({ queryKey: [exceptionRoutes.listExceptions.path] });
      props.onClose();
    } catch (failure) {
      setError(explain(failure));
    } finally {
      setBusy(false);
    }
  };
  const expiresAt = end === "never" ? null : new Date(Date.now() + Number(end) * DAY_MS).toISOString();
  const save = async (): Promise<string> => {
    if (existing === undefined) {
      await call(exceptionRoutes.createException, { body: { text, owner, reason, expiresAt } });
      return "The exception hides from now on what it describes";
    }
    const body = { version: existing.version, text, owner, reason, ...(end !== "keep" && { expiresAt }) };
    await call(exceptionRoutes.saveException, { params: { id: existing.id }, body });
    return "The exception is saved";
  };
  const change = async (work: "off" | "on" | "delete"): Promise<string> => {
    if (existing === undefined) return "";
    const params = { id: existing.id };
    if (work === "delete")
      await call(exceptionRoutes.deleteException, { params, query: { version: existing.version } });
    else
      await call(exceptionRoutes.saveException, { params, body: { version: existing.version, off: work === "off" } });
    return work === "delete"
      ? "The exception is deleted; what it hid stays on record"
      : `The exception is switched ${work}`;
  };
  return (
    <Dialog
      title={existing === undefined ? "Add an exception" : "Exception"}
      note="A Sigma filter: matches of the rules it names raise no alert where its condition does not hold. They are counted and kept."
      open
      wide
      onClose={props.onClose}
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (refused === "" && broken === undefined) void run(save);
        }}
      >
        {props.children}
        <div className="rule-editor-text exception-text">
          <Suspense fallback={<Skeleton rows={8} />}>
            <YamlEditor label="Filter" text={text} onChange={setText} findings={findings} readOnly={refused !== ""} />
          </Suspense>
          {findings.length > 0 && (
            <div className="rule-editor-findings">
              <Findings findings={findings} onJump={() => undefined} onFix={setText} />
            </div>
          )}
        </div>
        <TextArea label="Why this is no threat" value={reason} onChange={setReason} rows={2} />
        <div className="row exception-fields">
          <TextField label="Who answers for it" value={owner} onChange={setOwner} required />
          <Field label="Ends" id="exception-end">
            <Select
              label="Ends"
              id="exception-end"
              value={end}
              options={ENDS.filter(({ value }) => value !== "keep" || existing !== undefined)}
              onChange={setEnd}
            />
          </Field>
        </div>
        {error !== undefined && (
          <p className="field-error" role="alert">
            {error}
          </p>
        )}
        <div className="row between">
          <div className="row">
            {existing !== undefined && (
              <>
                <Button
                  refused={refused}
                  onClick={() => void run(() => change(existing.state === "off" ? "on" : "off"))}
                >
                  {existing.state === "off" ? "Switch on" : "Switch off"}
                </Button>
                <Button variant="danger" refused={refused} onClick={() => void run(() => change("delete"))}>
                  Delete
                </Button>
              </>
            )}
          </div>
          <div className="row">
            <Button onClick={props.onClose}>Cancel</Button>
            <Button
              type="submit"
              variant="primary"
              busy={busy}
              refused={refused !== "" ? refused : (broken?.message ?? "")}
            >
              {existing === undefined ? "Add the exception" : "Save"}
            </Button>
          </div>
        </div>
      </form>
    </Dialog>
  );
}
