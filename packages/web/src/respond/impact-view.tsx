/** impact-view: what an action would hit: services with what is left of them, who depends on them and by which path, owners, users,
 *  limits, and the sum. What the estate does not know is said, not left out. */
import type { Impact } from "@holdfast/contracts/respond";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { StandingTag } from "../app/standing-tag.tsx";
import { Clock } from "../ui/clock.tsx";
import { Facts, Section } from "../ui/drawer.tsx";
import { LogText } from "../ui/code.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";
import { timeOf, timeOfDay } from "../ui/time.ts";
import "./respond.css";

const TONES: Readonly<Record<Impact["disruption"]["level"], Tone>> = {
  none: "neutral",
  low: "low",
  medium: "medium",
  high: "high",
};

export function ImpactView({ impact }: { impact: Impact }) {
  const direct = impact.services.filter(({ hit }) => hit === "direct");
  const dependants = impact.services.filter(({ hit }) => hit === "dependant");
  const unknown = impact.targets.filter(({ name }) => name === null);
  return (
    <Section
      title="Who is hit"
      tools={<Tag tone={TONES[impact.disruption.level]}>disruption {impact.disruption.level}</Tag>}
    >
      {impact.never.map(({ target, reason }) => (
        <p key={target.value} className="field-error">
          <LogText text={target.value} /> is never touched: {reason}
        </p>
      ))}
      <Facts
        items={[
          [
            "Services",
            direct.length === 0 ? (
              <span className="faint">none that the estate knows</span>
            ) : (
              <Services services={direct} />
            ),
          ],
          ["Need them", dependants.length === 0 ? null : <Services services={dependants} />],
          [
            "Seen to need them",
            (impact.seen ?? []).length === 0 ? null : (
              <ul key="seen">
                {(impact.seen ?? []).map(({ id, name, needs, confidence }) => (
                  <li key={`${id} ${needs}`}>
                    <Link to={links.service(id)}>{name}</Link>
                    <span className="small faint">
                      {" "}
                      needs {needs}, says telemetry ({Math.round(confidence * 100)} % sure); nobody has accepted it, and
                      it is not in the sum
                    </span>
                  </li>
                ))}
              </ul>
            ),
          ],
          [
            "Owners",
            impact.owners.length === 0 ? (
              <span className="faint">none known</span>
            ) : (
              impact.owners.map(({ name, side }) => `${name} (${side})`).join(", ")
            ),
          ],
          ["Users", <Users key="users" users={impact.users} />],
          ["Running changes", <Changes key="changes" changes={impact.changes} />],
          [
            "Limits",
            impact.limits
              .filter(({ adds }) => adds > 0)
              .map(limitOf)
              .join("; ") || null,
          ],
          [
            "Not in the estate",
            unknown.length === 0 ? null : (
              <span>
                <LogText text={unknown.map(({ target }) => target.value).join(", ")} />: what hangs on it is not known
              </span>
            ),
          ],
        ]}
      />
      {impact.disruption.terms.length > 0 && (
        <details>
          <summary className="small">Disruption {impact.disruption.value}: the sum</summary>
          <table className="impact-sum small">
            <tbody>
              {impact.disruption.terms.map(({ text, value }) => (
                <tr key={text}>
                  <td>{text}</td>
                  <td>{value}</td>
                </tr>
              ))}
              <tr>
                <td className="strong">Sum</td>
                <td className="strong">{impact.disruption.value}</td>
              </tr>
            </tbody>
          </table>
        </details>
      )}
    </Section>
  );
}

function Services({ services }: { services: Impact["services"] }) {
  return (
    <ul>
      {services.map(({ id, name, criticality, assets, path }) => (
        <li key={id}>
          <Link to={links.service(id)}>{name}</Link>
          <span className="small faint">
            {" "}
            criticality {criticality}
            {assets !== null && ` · ${assets.hit} of ${assets.total} assets hit, `}
          </span>
          {assets !== null && (
            <span className={assets.left === 0 ? "small strong" : "small faint"}>{leftOf(assets.left)}</span>
          )}
          {path.length > 1 && <span className="small faint"> · {path.join(" ← ")}</span>}
        </li>
      ))}
    </ul>
  );
}

function Users({ users }: { users: Impact["users"] }) {
  if (users.total === 0) return <span className="faint">nobody was seen there in the last 7 days</span>;
  const more = users.total - users.named.length;
  return (
    <span>
      {users.total}:{" "}
      <LogText
        text={users.named.map(({ name, privileged }) => (privileged ? `${name} (privileged)` : name)).join(", ")}
      />
      {more > 0 && ` and ${more} more`}
    </span>
  );
}

function leftOf(left: number): string {
  return left === 0 ? "none left" : `${left} left`;
}

/** Changes with a link each, then maintenance windows, then what is not known. */
function Changes({ changes: { known, items, more = 0 } }: { changes: Impact["changes"] }) {
  if (items.length === 0)
    return (
      <span className="faint">{known ? "none recorded" : "no maintenance window; other changes are not known"}</span>
    );
  return (
    <ul>
      {items.map(({ id, title, until, change }) => (
        <li key={id}>
          {change === undefined ? (
            <>
              <LogText text={title} />
              {until !== null && ` until ${timeOfDay(timeOf(until))}`}
            </>
          ) : (
            <>
              <Link to={links.change(id)}>
                <LogText text={title} />
              </Link>{" "}
              <StandingTag standing={change.standing} />
              <span className="small faint">
                {" "}
                {workersOf(change)} · <Clock at={change.start} form="absolute" /> to{" "}
                {until === null ? "an open end" : <Clock at={until} form="absolute" />} · on{" "}
                <LogText text={change.why} />
              </span>
            </>
          )}
        </li>
      ))}
      {more > 0 && <li className="small faint">and {more} more</li>}
      {!known && <li className="small faint">other changes are not known</li>}
    </ul>
  );
}

/** The owner, and who does the work where that is someone else. */
function workersOf({ owner, doneBy }: NonNullable<Impact["changes"]["items"][number]["change"]>): string {
  const named = [...new Set([owner ?? "", doneBy])].filter((one) => one !== "");
  return named.length === 0 ? "no owner" : named.join(", ");
}

function limitOf({ of, used, adds, max }: Impact["limits"][number]): string {
  return of === "actions"
    ? `done ${used} of at most ${max} times this hour`
    : `${used} of ${max} ${of} this hour, this adds ${adds}`;
}
