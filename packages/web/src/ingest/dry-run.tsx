/** dry-run: paste what a source would send and see how it would be read and which rules would look at it. Nothing is stored. */
import { DRY_RUN_RECORDS, type DryRunResult, dryRunRoutes, type TriedRecord } from "@holdfast/contracts/dry-run";
import { useState } from "react";
import { Link } from "../app/link.tsx";
import { call, explain } from "../app/client.ts";
import { Button } from "../ui/button.tsx";
import { LogText } from "../ui/code.tsx";
import { Facts } from "../ui/drawer.tsx";
import { TextArea } from "../ui/field.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { count } from "../ui/number.ts";
import { Panel } from "../ui/page.tsx";
import { Select } from "../ui/select.tsx";
import { SeverityMark } from "../ui/severity.tsx";
import { Empty } from "../ui/states.tsx";
import { Tag } from "../ui/tag.tsx";
import "../ui/plain-table.css";
import "./dry-run.css";

type Over = "http" | "syslog";

export function DryRun() {
  const [text, setText] = useState("");
  const [over, setOver] = useState<Over>("http");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const [result, setResult] = useState<DryRunResult>();
  const run = async (): Promise<void> => {
    if (text.trim() === "" || busy) return;
    setBusy(true);
    setError(undefined);
    try {
      setResult(await call(dryRunRoutes.dryRun, { body: { text, over } }));
    } catch (failure) {
      setResult(undefined);
      setError(explain(failure));
    } finally {
      setBusy(false);
    }
  };
  useKeys({ "mod+Enter": { label: "Try the records", run: () => void run(), everywhere: true } });
  return (
    <div className="dry-run">
      <Panel title="Records to try">
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void run();
          }}
        >
          <TextArea
            label="Records"
            hint={`As their sender writes them: lines, a JSON array, or JSON objects. The first ${DRY_RUN_RECORDS} are tried; nothing is stored.`}
            mono
            rows={14}
            value={text}
            onChange={setText}
            error={error}
          />
          <div className="row wrap">
            <Select
              label="They come"
              named
              value={over}
              onChange={setOver}
              options={[
                { value: "http", label: "over HTTP or from a file" },
                { value: "syslog", label: "over syslog" },
              ]}
            />
            <Button
              type="submit"
              variant="primary"
              keys="mod+Enter"
              busy={busy}
              refused={text.trim() === "" ? "Paste a record first." : ""}
            >
              Try them
            </Button>
          </div>
        </form>
      </Panel>
      {result === undefined ? (
        <Empty title="Nothing tried yet">
          <p>Paste a few records to see the parser that takes them, their fields, and the rules that read them.</p>
        </Empty>
      ) : (
        <Answer result={result} />
      )}
    </div>
  );
}

function Answer({ result }: { result: DryRunResult }) {
  const { records, found, parsers, logsources, matched } = result;
  const unread = records.filter(({ unclassified }) => unclassified).length;
  const rules = logsources.reduce((sum, one) => sum + one.rules, 0);
  return (
    <div className="stack dry-run-answer" role="region" aria-label="What would become of them" aria-live="polite">
      <Panel title={headline(records.length, unread)}>
        <Facts
          items={[
            ["Records", found > records.length ? `${count(records.length)} of ${count(found)} tried` : count(found)],
            ["Parsers", parsers.map((one) => `${one.parser} → ${one.class} (${count(one.records)})`).join(", ")],
            [
              "Rules that read them",
              rules === 0
                ? "none: no rule in force is for such records"
                : `${count(rules)}: ${logsources.map((one) => `${nameOf(one.logsource)} (${count(one.rules)})`).join(", ")}`,
            ],
          ]}
        />
        {matched.length > 0 && (
          <table className="plain-table">
            <thead>
              <tr>
                <th>Rules that match</th>
                <th className="number">Records</th>
              </tr>
            </thead>
            <tbody>
              {matched.map((rule) => (
                <tr key={rule.ruleId}>
                  <td>
                    <SeverityMark severity={rule.level} />{" "}
                    <Link to={`/rules/${encodeURIComponent(rule.ruleId)}`}>
                      <LogText text={rule.title} />
                    </Link>{" "}
                    {rule.state === "test" && <Tag>in test</Tag>}
                  </td>
                  <td className="number">{count(rule.records)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
      <Panel title="Record by record">
        {records.map((record) => (
          <Tried key={record.number} record={record} open={records.length === 1} />
        ))}
      </Panel>
    </div>
  );
}

function Tried({ record, open }: { record: TriedRecord; open: boolean }) {
  const facts = record.fields.map(
    ({ name, value, cut }) => [name, <LogText key={name} mono text={cut ? `${value}…` : value} />] as const,
  );
  return (
    <details className="dry-run-record" open={open}>
      <summary className="small">
        <span className="dim">{record.number}</span>{" "}
        {record.unclassified ? <Tag tone="medium">no parser knows it</Tag> : <Tag>{record.parser}</Tag>}{" "}
        {record.matches.length > 0 && <Tag tone="critical">{`${record.matches.length} match`}</Tag>}{" "}
        <LogText mono text={record.message === "" ? record.raw : record.message} />
      </summary>
      <Facts
        items={[
          ["Class", record.class],
          ["Time", record.at],
          ["Host", record.host === "" ? null : <LogText text={record.host} />],
          ["User", record.user === "" ? null : <LogText text={record.user} />],
          ["Rules that read it", count(record.rulesReading)],
          ["Notes", record.notes.length === 0 ? null : record.notes.join("; ")],
          ...facts,
        ]}
      />
    </details>
  );
}

function headline(tried: number, unread: number): string {
  if (unread === 0) return tried === 1 ? "A parser knows it" : "Parsers know all of them";
  return unread === tried ? "No parser knows them" : `${count(unread)} of ${count(tried)} are not known to any parser`;
}

function nameOf({ product, service, category }: DryRunResult["logsources"][number]["logsource"]): string {
  const parts = [product, category, service].filter((part) => part !== undefined);
  return parts.length === 0 ? "any record" : parts.join("/");
}
