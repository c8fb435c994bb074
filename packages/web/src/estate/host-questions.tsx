/** host-questions: asks the osquery of a host what it sees right now, and shows what came of former questions. Only there where the host asks
 *  for questions at all. */
import { type HostQuery, hostQueryRoutes } from "@holdfast/contracts/host-queries";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Section } from "../ui/drawer.tsx";
import { Field, TextArea, TextField } from "../ui/field.tsx";
import { plural } from "../ui/number.ts";
import { Select } from "../ui/select.tsx";
import { Tag } from "../ui/tag.tsx";

const EVERY_MS = 5_000;

export function HostQuestions({ host }: { host: string }) {
  const nodes = useCall(hostQueryRoutes.listAskableHosts, { query: { host } });
  const askable = (nodes.data?.items.length ?? 0) > 0;
  const asked = useCall(hostQueryRoutes.listHostQueries, { query: { host } }, { enabled: askable, everyMs: EVERY_MS });
  const [asking, setAsking] = useState(false);
  const refused = useRefusal()("incidents.work");
  if (!askable) return null;
  return (
    <Section
      title="Asked through osquery"
      tools={
        <Button size="compact" refused={refused} onClick={() => setAsking(true)}>
          Ask this host
        </Button>
      }
    >
      {(asked.data?.items ?? []).length === 0 && <p className="faint">Nobody has asked it anything yet.</p>}
      <ul className="stack">
        {(asked.data?.items ?? []).slice(0, 10).map((question) => (
          <Question key={question.id} question={question} host={host} />
        ))}
      </ul>
      {asking && <Ask host={host} onClose={() => setAsking(false)} />}
    </Section>
  );
}

const STATES = {
  waiting: "waits for the host",
  sent: "the host has it",
  answered: "answered",
  failed: "failed",
  expired: "no answer in time",
} as const;

function Question({ question, host }: { question: HostQuery; host: string }) {
  const answer = question.answers.find((one) => one.host.toLowerCase() === host.toLowerCase());
  const from = new Date(Date.parse(question.askedAt) - 60_000).toISOString();
  const to = new Date(Date.parse(question.expiresAt) + 60_000).toISOString();
  return (
    <li className="stack tight">
      <span className="mono small">
        <LogText text={question.query} />
      </span>
      <span className="row wrap small">
        {answer !== undefined && (
          <Tag tone={answer.state === "failed" ? "high" : "neutral"}>{STATES[answer.state]}</Tag>
        )}
        {answer?.state === "answered" && (
          <Link to={links.events({ q: `${question.search} host:"${answer.host}"`, from, to })}>
            {plural(answer.rows, "row")}
          </Link>
        )}
        {answer !== undefined && answer.message !== "" && <LogText text={answer.message} />}
        <span className="faint">
          <LogText text={question.askedBy} />, <Clock at={question.askedAt} />: <LogText text={question.reason} />
        </span>
      </span>
    </li>
  );
}

/** What is asked most, so that nobody has to know the tables by heart. */
const QUESTIONS = [
  {
    value: "SELECT p.pid, p.parent, p.path, p.cmdline, u.username FROM processes p LEFT JOIN users u USING (uid);",
    label: "What runs",
  },
  {
    value:
      "SELECT p.pid, p.path, s.local_address, s.local_port, s.remote_address, s.remote_port FROM process_open_sockets s JOIN processes p USING (pid) WHERE s.remote_port > 0;",
    label: "What is connected",
  },
  {
    value: "SELECT p.path, l.pid, l.port, l.protocol, l.address FROM listening_ports l JOIN processes p USING (pid);",
    label: "What listens",
  },
  { value: "SELECT user, host, tty, time, pid FROM logged_in_users;", label: "Who is logged in" },
  { value: "SELECT command, path, minute, hour FROM crontab;", label: "What is scheduled" },
  { value: "SELECT name, version, arch FROM deb_packages;", label: "What is installed (Debian)" },
] as const;

function Ask({ host, onClose }: { host: string; onClose: () => void }) {
  const client = useQueryClient();
  const [query, setQuery] = useState<string>(QUESTIONS[0].value);
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      await call(hostQueryRoutes.askHosts, { body: { hosts: [host], query, reason } });
      await client.invalidateQueries({ queryKey: [hostQueryRoutes.listHostQueries.path] });
      onClose();
    } catch (why) {
      setError(explain(why));
    } finally {
      setBusy(false);
    }
  };
  const preset = QUESTIONS.find(({ value }) => value === query)?.value ?? "";
  return (
    <FormDialog
      title={`Ask ${host}`}
      note="The host fetches the question when its osquery next asks for work, within a minute as a rule, and gets it once. It only reads."
      submit="Ask"
      busy={busy}
      error={error}
      refused={reason.trim().length < 3 ? "Say why first." : ""}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <Field label="Question" id="host-question">
        <Select
          id="host-question"
          label="Question"
          value={preset}
          options={[...QUESTIONS, ...(preset === "" ? [{ value: "", label: "Your own" }] : [])]}
          onChange={(value) => value !== "" && setQuery(value)}
        />
      </Field>
      <TextArea label="In osquery's SQL" value={query} onChange={setQuery} hint="One SELECT." />
      <TextField label="Why" value={reason} onChange={setReason} hint="Stands in the audit log." />
    </FormDialog>
  );
}
