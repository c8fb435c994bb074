/** maintenance-list: windows in which alerts are held, what they hold, and planning one. */
import { estateRoutes } from "@holdfast/contracts/estate";
import { triageSettingsRoutes, type Maintenance, type MaintenanceScope } from "@holdfast/contracts/triage-settings";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { More } from "../app/more.tsx";
import { Outcome } from "../app/outcome.tsx";
import { useCall, usePages } from "../app/query.ts";
import { useSettledText } from "../detect/editor/settled-text.ts";
import { useRefusal, useSession } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Field, TextArea, TextField } from "../ui/field.tsx";
import { count, plural } from "../ui/number.ts";
import { Panel } from "../ui/page.tsx";
import { Select } from "../ui/select.tsx";
import { Empty } from "../ui/states.tsx";
import { Tag } from "../ui/tag.tsx";
import { localTime, timeOfLocal } from "../ui/time.ts";
import { toast } from "../ui/toast.tsx";

export function MaintenanceList() {
  const pages = usePages([triageSettingsRoutes.listMaintenance.path], (cursor, signal) =>
    call(
      triageSettingsRoutes.listMaintenance,
      { query: { limit: 100, ...(cursor !== undefined && { cursor }) } },
      signal,
    ),
  );
  const client = useQueryClient();
  const refused = useRefusal()("triage.write");
  const [making, setMaking] = useState(false);
  const renew = () => void client.invalidateQueries({ queryKey: [triageSettingsRoutes.listMaintenance.path] });
  const end = async (id: string): Promise<void> => {
    try {
      const ended = await call(triageSettingsRoutes.endMaintenance, { params: { id }, body: {} });
      renew();
      toast({ title: `Ended; ${count(ended.released)} alerts are in the queue now` });
    } catch (error) {
      toast({ title: "The window was not ended", body: explain(error), tone: "error" });
    }
  };
  return (
    <div className="pane" tabIndex={0} role="region" aria-label="Maintenance windows">
      <Panel
        title="Maintenance windows"
        note="Alerts are held while a window lasts and released when it ends"
        tools={
          <Button refused={refused} onClick={() => setMaking(true)}>
            Plan a window
          </Button>
        }
        flush
      >
        <Outcome query={pages.query} what="maintenance windows" rows={6}>
          {() =>
            pages.rows.length === 0 ? (
              <Empty title="No maintenance is planned">
                <p>A window holds the alerts of a service, a host or a rule while people work on it.</p>
              </Empty>
            ) : (
              <ul>
                {pages.rows.map((item) => (
                  <Row key={item.id} item={item} refused={refused} onEnd={() => void end(item.id)} />
                ))}
              </ul>
            )
          }
        </Outcome>
        <More pages={pages} />
      </Panel>
      {making && <PlanDialog onDone={renew} onClose={() => setMaking(false)} />}
    </div>
  );
}

function Row({ item, refused, onEnd }: { item: Maintenance; refused: string; onEnd: () => void }) {
  return (
    <li className="entry">
      <div className="stack tight">
        <div className="row wrap">
          <Tag tone={item.state === "active" ? "accent" : "neutral"}>{item.state}</Tag>
          <strong>
            <LogText text={item.title} />
          </strong>
          <LogText text={scopeText(item.scope)} />
        </div>
        <p>
          <LogText text={item.reason} />
        </p>
        <div className="row wrap faint small">
          <span>owner {item.owner}</span>
          <span>
            <Clock at={item.begin} form="absolute" /> to <Clock at={item.endedAt ?? item.end} form="absolute" />
          </span>
          <Link to={links.alerts({ queue: "all", holdId: item.id })}>
            holds {count(item.holding)}, released {count(item.released)}
          </Link>
        </div>
      </div>
      {item.endedAt === null && (
        <Button size="compact" refused={refused} onClick={onEnd}>
          End now
        </Button>
      )}
    </li>
  );
}

const MOST_SERVICES = 500;
/** More than this many are not found by looking down a list. */
const MANY = 20;

const BY = [
  { value: "service", label: "a service" },
  { value: "asset", label: "a host (its name)" },
  { value: "rule", label: "a rule (its id)" },
  { value: "expression", label: "an expression over the alert" },
] as const;
type By = (typeof BY)[number]["value"];

function PlanDialog(props: { onDone: () => void; onClose: () => void }) {
  const { user } = useSession();
  const [title, setTitle] = useState("");
  const [by, setBy] = useState<By>("service");
  const [what, setWhat] = useState("");
  const [reason, setReason] = useState("");
  const [begin, setBegin] = useState(() => localTime(Date.now()));
  const [end, setEnd] = useState(() => localTime(Date.now() + 2 * 3_600_000));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const [part, setPart] = useState("");
  const q = useSettledText(part.trim(), 250);
  const services = useCall(
    estateRoutes.listServices,
    { query: { limit: MOST_SERVICES, q } },
    { enabled: by === "service", keep: true },
  );
  /** The one that was chosen stays in the list, whatever is searched for next. */
  const [chosen, setChosen] = useState<{ id: string; name: string }>();
  const found = services.data?.items ?? [];
  const offered = chosen === undefined || found.some(({ id }) => id === chosen.id) ? found : [chosen, ...found];
  const isCut = services.data?.next !== null && services.data !== undefined;
  const choose = (next: By): void => {
    setBy(next);
    setWhat("");
  };
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      const times = {
        begin: new Date(timeOfLocal(begin)).toISOString(),
        end: new Date(timeOfLocal(end)).toISOString(),
      };
      const body = { title, owner: user.name, reason, scope: scopeOf(by, what), ...times };
      await call(triageSettingsRoutes.createMaintenance, { body });
      props.onDone();
      props.onClose();
    } catch (failure) {
      setError(explain(failure));
      setBusy(false);
    }
  };
  const isTime = !Number.isNaN(timeOfLocal(begin)) && timeOfLocal(end) > timeOfLocal(begin);
  const missing =
    title.trim() === ""
      ? "Write a title."
      : what.trim() === ""
        ? "Say what it is about."
        : reason.trim().length < 3
          ? "Say why."
          : isTime
            ? ""
            : "It ends after it begins.";
  return (
    <FormDialog
      title="Plan a maintenance window"
      submit="Plan it"
      refused={missing}
      busy={busy}
      error={error}
      onSubmit={() => void submit()}
      onClose={props.onClose}
    >
      <TextField label="Title" value={title} onChange={setTitle} />
      <Field label="Holds the alerts of" id="maintenance-by">
        <Select id="maintenance-by" label="Holds the alerts of" value={by} options={BY} onChange={choose} />
      </Field>
      {by === "service" ? (
        <>
          {(isCut || found.length > MANY || part !== "") && (
            <TextField
              label="Part of the service's name"
              value={part}
              onChange={setPart}
              hint={`${plural(found.length, "service")} to choose from${isCut ? ", and there are more" : ""}.`}
            />
          )}
          <Field label="Which" id="maintenance-service">
            <Select
              id="maintenance-service"
              label="Which"
              value={what}
              options={[{ value: "", label: "Choose" }, ...offered.map(({ id, name }) => ({ value: id, label: name }))]}
              onChange={(id) => {
                setWhat(id);
                setChosen(offered.find((one) => one.id === id));
              }}
            />
          </Field>
        </>
      ) : (
        <TextField label="Which" value={what} onChange={setWhat} />
      )}
      <TextField label="Begins" type="datetime-local" value={begin} onChange={setBegin} hint="In your time zone." />
      <TextField label="Ends" type="datetime-local" value={end} onChange={setEnd} />
      <TextArea label="Reason" value={reason} onChange={setReason} />
    </FormDialog>
  );
}

function scopeOf(by: By, what: string): MaintenanceScope {
  if (by === "service") return { by, serviceId: what };
  if (by === "asset") return { by, host: what };
  if (by === "rule") return { by, ruleId: what };
  return { by, expression: what };
}

function scopeText(scope: MaintenanceScope): string {
  if (scope.by === "service") return `service ${scope.serviceId}`;
  if (scope.by === "asset") return `host ${scope.host}`;
  if (scope.by === "rule") return `rule ${scope.ruleId}`;
  return scope.expression;
}
