/** take-out-history: the decisions that took signals out of an alert or made it: who, when, why, and the way back. */
import type { TakeOut } from "@holdfast/contracts/triage-take-out";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { plural } from "../ui/number.ts";

export function TakeOutHistory(props: {
  alert: string;
  decisions: readonly TakeOut[];
  onPutBack: (id: string) => void;
}) {
  const refusal = useRefusal();
  if (props.decisions.length === 0) return null;
  return (
    <div>
      <h4>Taken out</h4>
      <ul className="stack">
        {props.decisions.map((one) => {
          const here = one.to.id === props.alert;
          const other = here ? one.from : one.to;
          const named = one.groups.flatMap((group) => group.map(({ value }) => value)).filter((value) => value !== "");
          return (
            <li key={one.to.id} className="stack tight">
              <div className="row between">
                <span>
                  {here ? `${plural(one.count, "signal")} from ` : `${plural(one.count, "signal")} into `}
                  <Link to={links.alert(other.id)}>
                    <LogText text={named.length > 0 && !here ? named.slice(0, 3).join(", ") : other.title} />
                  </Link>
                </span>
                {one.undone === null && (
                  <Button size="compact" refused={refusal("alerts.work")} onClick={() => props.onPutBack(one.to.id)}>
                    Put back
                  </Button>
                )}
              </div>
              <span className="faint">
                {one.by}, <Clock at={one.at} form="absolute" />: <LogText text={one.reason} />
              </span>
              {one.undone !== null && (
                <span className="faint">
                  Put back by {one.undone.by}, <Clock at={one.undone.at} form="absolute" />:{" "}
                  <LogText text={one.undone.reason} />
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
