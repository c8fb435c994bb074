/** metric-rule-dialog: an alert on a metric as text, with what its series are now beside it while it is written. */
import { type MetricRule, type MetricTrial, metricRuleRoutes } from "@holdfast/contracts/metric-rules";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { call, explain } from "../app/client.ts";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { LogText } from "../ui/code.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Skeleton } from "../ui/states.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import "./editor/rule-editor.css";
import { useSettledText } from "./editor/settled-text.ts";

const YamlEditor = lazy(async () => ({ default: (await import("./editor/yaml-editor.tsx")).YamlEditor }));

const BLANK = `id: disk-nearly-full
title: A disk is nearly full
query: metric node_filesystem_avail_bytes min by asset
below: 5000000000
for: 5m
every: 1m
over: 1m
level: high
`;
const MOST_SHOWN = 8;

export function MetricRuleDialog({ rule, onClose }: { rule?: MetricRule; onClose: () => void }) {
  const refused = useRefusal()("rules.write");
  const client = useQueryClient();
  const [text, setText] = useState(rule?.text ?? BLANK);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const settled = useSettledText(text, 400);
  const trial = useCall(
    metricRuleRoutes.tryMetricRules,
    { body: { text: settled } },
    { keep: true, enabled: settled !== "" },
  );
  const run = async (work: () => Promise<string>): Promise<void> => {
    setBusy(true);
    try {
      toast({ title: await work() });
      void client.invalidateQueries({ queryKey: [metricRuleRoutes.listMetricRules.path] });
      onClose();
    } catch (failure) {
      setError(explain(failure));
    } finally {
      setBusy(false);
    }
  };
  const save = async (): Promise<string> => {
    await call(metricRuleRoutes.saveMetricRules, { body: { text } });
    return "The alert on a metric is saved";
  };
  const remove = async (): Promise<string> => {
    await call(metricRuleRoutes.deleteMetricRule, { params: { id: rule?.id ?? "" } });
    return "The alert on a metric is deleted; what it raised is over";
  };
  const wrong = trial.data?.reason ?? "";
  return (
    <Dialog
      title={rule === undefined ? "Add an alert on a metric" : rule.title}
      note="A search for a metric, a threshold in above or below, and how long it must be crossed. Each series is an alert of its own."
      open
      wide
      onClose={onClose}
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (refused === "" && wrong === "") void run(save);
        }}
      >
        <div className="rule-editor-text exception-text">
          <Suspense fallback={<Skeleton rows={8} />}>
            <YamlEditor
              label="Alert on a metric"
              text={text}
              onChange={setText}
              findings={[]}
              readOnly={refused !== ""}
            />
          </Suspense>
        </div>
        <div aria-live="polite" className="stack tight">
          {trial.data !== undefined && <Tried trial={trial.data} />}
        </div>
        {error !== undefined && (
          <p className="field-error" role="alert">
            {error}
          </p>
        )}
        <div className="row between">
          <div className="row">
            {rule !== undefined && (
              <Button variant="danger" refused={refused} onClick={() => void run(remove)}>
                Delete
              </Button>
            )}
          </div>
          <div className="row">
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" variant="primary" busy={busy} refused={refused !== "" ? refused : wrong}>
              {rule === undefined ? "Add the alert" : "Save"}
            </Button>
          </div>
        </div>
      </form>
    </Dialog>
  );
}

function Tried({ trial }: { trial: MetricTrial }) {
  if (trial.reason !== "") return <p className="field-error">{trial.reason}</p>;
  return (
    <>
      {trial.rules.map(({ id, title, condition, problem, series }) => (
        <div key={id} className="stack tight">
          <p>
            <span className="strong">{title}</span>: {condition}
          </p>
          {problem !== "" && <p className="field-error">{problem}</p>}
          {problem === "" && series.length === 0 && <p className="faint">No series has points just now.</p>}
          {series.slice(0, MOST_SHOWN).map(({ name, value, crossed }) => (
            <p key={name} className="row">
              <Tag tone={crossed ? "critical" : "ok"}>{crossed ? "crossed" : "well"}</Tag>
              <LogText text={name === "" ? "value" : name} /> <span className="number">{value ?? "no points"}</span>
            </p>
          ))}
          {series.length > MOST_SHOWN && <p className="faint small">and {series.length - MOST_SHOWN} more</p>}
        </div>
      ))}
    </>
  );
}
