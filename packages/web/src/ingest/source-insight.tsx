/** source-insight: a source explains itself: what is wrong now and which rules are blind for it, when it speaks, its hosts, its fields,
 *  and what no parser took, each shape with a parser to begin with. */
import { type SourceInsight, silenceRoutes, type WatchedCondition } from "@holdfast/contracts/silence";
import { useState } from "react";
import { Link } from "../app/link.tsx";
import { links, quote } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { Code, LogText } from "../ui/code.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Facts, Section } from "../ui/drawer.tsx";
import { bytes, count, percent, plural } from "../ui/number.ts";
import { Tag } from "../ui/tag.tsx";
import { span } from "../ui/time.ts";
import { SPEECH_TAGS } from "./source-columns.tsx";

export function Insight({ id }: { id: string }) {
  const insight = useCall(silenceRoutes.sourceInsight, { params: { id } }, { everyMs: 15_000 });
  return (
    <Outcome query={insight} what="what is known of this source">
      {(found) => (
        <>
          <Speaking insight={found} />
          <Hosts insight={found} />
          <Unparsed insight={found} />
          <Fields insight={found} />
          <Past conditions={found.conditions.filter(({ endedAt }) => endedAt !== null)} />
        </>
      )}
    </Outcome>
  );
}

/** Where there is no pause yet after which it is. */
const CALLED: Readonly<Record<SourceInsight["speech"]["state"], string>> = {
  unwatched: "never: nobody waits for it",
  learning: "not yet: its rhythm is being learned",
  speaks: "not known at the moment",
  silent: "not known at the moment",
  "quiet-hours": "not known at the moment",
};

function Speaking({ insight }: { insight: SourceInsight }) {
  const { speech, volume, delaySeconds, diskBytes } = insight;
  return (
    <Section title="Does it speak?">
      {insight.conditions
        .filter(({ endedAt }) => endedAt === null)
        .map((condition) => (
          <Standing key={condition.id} condition={condition} />
        ))}
      <p className="prose">{speech.sentence}</p>
      <Facts
        items={[
          [
            "Called silent",
            speech.thresholdSeconds === null ? CALLED[speech.state] : `after ${span(speech.thresholdSeconds)}`,
          ],
          [
            "Last hour",
            volume === null
              ? "nothing to compare with yet"
              : `${count(Math.round(volume.lastHour))} records, usually ${count(Math.round(volume.usual))} at this hour`,
          ],
          ["Event to arrival", delaySeconds === null ? "not known yet" : delayText(delaySeconds)],
          ["On disk", diskBytes === null ? "not known" : `about ${bytes(diskBytes)}`],
        ]}
      />
    </Section>
  );
}

function delayText(seconds: number): string {
  return seconds < 0 ? `${span(-seconds)} ahead of ours: its clock is fast` : span(seconds);
}

function Standing({ condition }: { condition: WatchedCondition }) {
  const { blind } = condition;
  const [all, setAll] = useState(false);
  return (
    <article className="sample">
      <div className="row between">
        <span className="row">
          <Tag tone="high">{condition.kind === "silence" ? "silent" : condition.kind.replace("-", " ")}</Tag>
          <strong>
            <LogText text={condition.title} />
          </strong>
        </span>
        <Clock at={condition.since} />
      </div>
      <p className="prose">
        <LogText text={condition.sentence} />
      </p>
      {blind.length > 0 && (
        <>
          <p className="strong">{plural(blind.length, "live rule is blind", "live rules are blind")} because of it:</p>
          <ul>
            {(all ? blind : blind.slice(0, SHOWN)).map((rule) => (
              <li key={rule.id}>
                <Link to={links.rule(rule.id)}>
                  <LogText text={rule.title} />
                </Link>
              </li>
            ))}
          </ul>
          {blind.length > SHOWN && !all && (
            <Button size="compact" variant="ghost" onClick={() => setAll(true)}>
              Show all {blind.length}
            </Button>
          )}
        </>
      )}
    </article>
  );
}

const SHOWN = 6;

function Hosts({ insight }: { insight: SourceInsight }) {
  const { hosts, hostsTotal } = insight;
  const [all, setAll] = useState(false);
  if (hosts.length === 0) return null;
  return (
    <Section title={plural(hostsTotal, "host")}>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Host</th>
            <th scope="col">State</th>
            <th scope="col">Last heard</th>
            <th scope="col" className="number">
              Usual pause
            </th>
            <th scope="col" className="number">
              To arrival
            </th>
          </tr>
        </thead>
        <tbody>
          {(all ? hosts : hosts.slice(0, SHOWN)).map((host) => (
            <tr key={host.host}>
              <td>
                <Link to={links.events({ q: `host:${quote(host.host)}` })}>
                  <LogText text={host.host} />
                </Link>
              </td>
              <td>{SPEECH_TAGS[host.state]}</td>
              <td>
                <Clock at={host.lastHeardAt} />
              </td>
              <td className="number">{host.learnedSeconds === null ? "–" : span(host.learnedSeconds)}</td>
              <td className="number">{host.delaySeconds === null ? "–" : delayShort(host.delaySeconds)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {hosts.length > SHOWN && !all && (
        <Button size="compact" variant="ghost" onClick={() => setAll(true)}>
          Show {hosts.length === hostsTotal ? "all" : "the first"} {hosts.length}
        </Button>
      )}
    </Section>
  );
}

const delayShort = (seconds: number): string => (seconds < 0 ? `−${span(-seconds)}` : span(seconds));

function Unparsed({ insight }: { insight: SourceInsight }) {
  const [draft, setDraft] = useState<string | null>(null);
  const { unparsed, unparsedSampled } = insight;
  if (unparsed === null)
    return (
      <Section title="What no parser took">
        <p className="faint">The event store did not answer in time; this is asked again.</p>
      </Section>
    );
  if (unparsed.length === 0) return null;
  return (
    <Section title="What no parser took">
      <p className="faint small">
        {count(unparsedSampled)} records of the last day, by their shape. {"<*>"} stands for what differs.
      </p>
      {unparsed.slice(0, SHOWN).map((shape) => (
        <article key={shape.template} className="sample">
          <div className="row between">
            <span>
              {count(shape.records)} records, {percent(shape.records / Math.max(1, unparsedSampled))}
            </span>
            <Button size="compact" onClick={() => setDraft(shape.draft)}>
              Draft a parser
            </Button>
          </div>
          <p className="mono sample-message">
            <LogText text={shape.template} />
          </p>
        </article>
      ))}
      {draft !== null && (
        <Dialog
          title="A parser to begin with"
          note="Save it as a .yml file in the folder of parsers; it is in force two seconds later. Give its columns their meaning first."
          open
          onClose={() => setDraft(null)}
          wide
        >
          <Code text={draft} label="Parser as a field map in YAML" />
          <div className="row dialog-actions">
            <Button variant="primary" onClick={() => setDraft(null)}>
              Close
            </Button>
          </div>
        </Dialog>
      )}
    </Section>
  );
}

function Fields({ insight }: { insight: SourceInsight }) {
  const [open, setOpen] = useState("");
  const { fields } = insight;
  if (fields === null || fields.length === 0) return null;
  const shown = fields.find((one) => one.class === open) ?? fields[0];
  if (shown === undefined) return null;
  return (
    <Section
      title="Fields of the last day"
      tools={
        <span className="row wrap">
          {fields.slice(0, SHOWN).map((one) => (
            <Button
              key={one.class}
              size="compact"
              variant={one === shown ? "plain" : "ghost"}
              onClick={() => setOpen(one.class)}
            >
              {one.class.replaceAll("_", " ")}
            </Button>
          ))}
        </span>
      }
    >
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col" className="number">
              In {count(shown.events)} events
            </th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {shown.fields.map((field) => (
            <tr key={field.name}>
              <td className="mono">{field.name}</td>
              <td className="number">{percent(field.share)}</td>
              <td>{field.lost ? <Tag tone="high">lost</Tag> : <span className="faint">there</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

function Past({ conditions }: { conditions: readonly WatchedCondition[] }) {
  if (conditions.length === 0) return null;
  return (
    <Section title="Before">
      <ul>
        {conditions.slice(0, SHOWN).map((one) => (
          <li key={one.id}>
            <LogText text={one.title} /> <Clock at={one.raisedAt} />
            <span className="faint">, over </span>
            <Clock at={one.endedAt} />
          </li>
        ))}
      </ul>
    </Section>
  );
}
