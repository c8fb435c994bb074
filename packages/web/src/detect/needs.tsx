/** needs: what a rule needs of the world and whether it comes: its log source, who sends it, and the share of events with each
 *  field it reads. */
import type { RuleNeeds } from "@holdfast/contracts/detect";
import "./needs.css";
import { LogText } from "../ui/code.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";

const VERDICTS: Readonly<Record<RuleNeeds["verdict"], { readonly word: string; readonly tone: Tone }>> = {
  arriving: { word: "arriving", tone: "ok" },
  partly: { word: "partly arriving", tone: "medium" },
  "no-fields": { word: "fields missing", tone: "high" },
  "no-events": { word: "no events", tone: "high" },
  "no-route": { word: "no source knows it", tone: "high" },
  unknown: { word: "not known", tone: "neutral" },
};

function NeedsVerdict({ needs }: { needs: RuleNeeds }) {
  const { word, tone } = VERDICTS[needs.verdict];
  return <Tag tone={tone}>{word}</Tag>;
}

export function NeedsView({ needs }: { needs: RuleNeeds }) {
  return (
    <div className="stack">
      <p>
        <NeedsVerdict needs={needs} /> <LogText text={needs.sentence} />
      </p>
      {needs.fields.length > 0 && (
        <table className="plain-table needs">
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col" className="number">
                In events
              </th>
              <th scope="col">Such as</th>
            </tr>
          </thead>
          <tbody>
            {needs.fields.map(({ name, share, example }) => (
              <tr key={name}>
                <td className="mono strong">
                  <LogText text={name} />
                </td>
                <td className="number">{needs.sampled === 0 ? "" : `${Math.round(share * 100)} %`}</td>
                <td>{example === null ? "" : <LogText text={example} mono />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {needs.sources.length > 0 && (
        <p className="small">
          Sent by{" "}
          {needs.sources.map((source, at) => (
            <span key={`${source.id}${source.channel}`}>
              {at > 0 && ", "}
              <LogText text={source.name} />
              {source.channel !== "" && (
                <span className="faint">
                  {" "}
                  (<LogText text={source.channel} />)
                </span>
              )}
            </span>
          ))}
        </p>
      )}
    </div>
  );
}
