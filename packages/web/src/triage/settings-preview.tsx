/** settings-preview: what other settings would make of what stands now: who passes the threshold, which alerts turn quiet. */
import {
  triageSettingsRoutes,
  type SettingsPreview,
  type TriageSettingsValue,
} from "@holdfast/contracts/triage-settings";
import { EntityText } from "../app/entity.tsx";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { LogText } from "../ui/code.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { count, plural } from "../ui/number.ts";
import { Tag } from "../ui/tag.tsx";

export function PreviewDialog({ settings, onClose }: { settings: TriageSettingsValue; onClose: () => void }) {
  const preview = useCall(triageSettingsRoutes.previewTriageSettings, { body: { settings } });
  return (
    <Dialog
      title="What it would change"
      note="Worked out on what stands now. Incidents that are open stay; grouping holds for alerts that come."
      open
      onClose={onClose}
      wide
    >
      <Outcome query={preview} what="the preview" rows={6}>
        {(found) => <Found found={found} />}
      </Outcome>
    </Dialog>
  );
}

function Found({ found }: { found: SettingsPreview }) {
  const { asked, cut, overBefore, overAfter, changed, entities, quiet, otherKeys } = found;
  return (
    <div className="stack">
      <p>
        <span className="strong">
          {overAfter} of {plural(asked, "entity", "entities")}
        </span>{" "}
        would be over the threshold; now it is {overBefore}.{cut && " Only the hottest ones were asked."}
      </p>
      <p>
        Of the alerts of the last {quiet.days} days {count(quiet.hidden)} in the queue would have been quiet, and{" "}
        {count(quiet.raised)} quiet ones would have been in the queue.
      </p>
      {otherKeys.alerts > 0 && (
        <div>
          <p>
            {plural(otherKeys.alerts, "open alert")} {otherKeys.alerts === 1 ? "was" : "were"} raised under other keys.
            They stay as they are; each can be taken apart by these keys under <em>Signals in it</em>.
          </p>
          <ul className="bullets">
            {otherKeys.rules.map((rule) => (
              <li key={rule.ruleId}>
                <Link to={links.alerts({ rule: rule.ruleId })}>
                  <LogText text={rule.title} />
                </Link>{" "}
                <span className="faint">{plural(rule.alerts, "alert")}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {changed === 0 ? (
        <p className="faint">No score changes.</p>
      ) : (
        <table className="plain-table">
          <caption className="sr-only">Scores that change most</caption>
          <thead>
            <tr>
              <th scope="col">Entity</th>
              <th scope="col" className="number">
                Now
              </th>
              <th scope="col" className="number">
                Would be
              </th>
              <th scope="col">Threshold</th>
            </tr>
          </thead>
          <tbody>
            {entities.map((one) => (
              <tr key={one.key}>
                <td>
                  <EntityText entity={one} />
                </td>
                <td className="number">{one.before.toFixed(1)}</td>
                <td className="number">{one.after.toFixed(1)}</td>
                <td>
                  {one.wasOver === one.isOver ? (
                    <span className="faint">{one.isOver ? "stays over" : "stays under"}</span>
                  ) : (
                    <Tag tone="accent">{one.isOver ? "comes over" : "falls under"}</Tag>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {changed > entities.length && <p className="faint small">{count(changed - entities.length)} more change.</p>}
    </div>
  );
}
