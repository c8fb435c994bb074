/** facets-panel: the frequent values of a few fields among the matching events; a value is added to the query or excluded. */
import { searchRoutes } from "@holdfast/contracts/search";
import { Minus, Plus } from "lucide-react";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Button } from "../ui/button.tsx";
import { LogText } from "../ui/code.tsx";
import { count, short } from "../ui/number.ts";
import { WORDS, severityOf } from "../ui/severity.tsx";
import "./facets-panel.css";
import { splitPipes } from "./query-text.ts";

const FIELDS = ["severity_id", "class", "product", "host", "user", "source", "event_code", "src_ip"] as const;

export function FacetsPanel(props: {
  query: string;
  from: string;
  to: string;
  run: number;
  onTerm: (term: { field: string; value: string; exclude?: boolean }) => void;
}) {
  const facets = useCall(
    searchRoutes.facets,
    { body: { query: splitPipes(props.query)[0], from: props.from, to: props.to, fields: [...FIELDS], limit: 6 } },
    { keep: true, run: props.run },
  );
  return (
    <aside className="facets" aria-label="Frequent values">
      <Outcome query={facets} what="frequent values" rows={12}>
        {(answer) =>
          answer.facets
            .filter((facet) => facet.values.length > 0)
            .map((facet) => (
              <section key={facet.field} aria-label={facet.field} className="facet">
                <h2 className="row between">
                  {facet.field}
                  <span className="faint">{count(facet.distinct)}</span>
                </h2>
                <ul>
                  {facet.values.map((entry) => (
                    <li key={entry.value} className="facet-value">
                      <button
                        type="button"
                        className="facet-name"
                        data-tip={`${shown(facet.field, entry.value).slice(0, 200)}\n${count(entry.count)} events. Add to the query.`}
                        onClick={() => props.onTerm({ field: facet.field, value: entry.value })}
                      >
                        <span className="truncate">
                          <LogText text={shown(facet.field, entry.value)} />
                        </span>
                        <span className="faint">{short(entry.count)}</span>
                        <i
                          className="facet-share"
                          aria-hidden="true"
                          style={{ width: `${(entry.count / Math.max(answer.total, 1)) * 96}%` }}
                        />
                      </button>
                      <Button
                        size="compact"
                        variant="ghost"
                        icon={<Minus size={12} />}
                        label={`Exclude ${facet.field} ${entry.value.slice(0, 80)}`}
                        onClick={() => props.onTerm({ field: facet.field, value: entry.value, exclude: true })}
                      />
                    </li>
                  ))}
                </ul>
              </section>
            ))
        }
      </Outcome>
    </aside>
  );
}

/** Two small buttons beside a value of an event. */
export function PivotButtons(props: {
  field: string;
  value: string;
  onTerm: (term: { field: string; value: string; exclude?: boolean }) => void;
}) {
  const { field, value, onTerm } = props;
  return (
    <span className="row pivots">
      <Button
        size="compact"
        variant="ghost"
        icon={<Plus size={12} />}
        label={`Add ${field} to the query`}
        onClick={() => onTerm({ field, value })}
      />
      <Button
        size="compact"
        variant="ghost"
        icon={<Minus size={12} />}
        label={`Exclude this ${field}`}
        onClick={() => onTerm({ field, value, exclude: true })}
      />
    </span>
  );
}

function shown(field: string, value: string): string {
  return field === "severity_id" ? WORDS[severityOf(Number(value))] : value;
}
