/** exception-from-alert: an exception written from what an alert saw: the fields to compare are ticked, the filter follows. */
import { exceptionRoutes } from "@holdfast/contracts/exceptions";
import { useState } from "react";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Dialog } from "../ui/dialog.tsx";
import { LogText } from "../ui/code.tsx";
import { ExceptionDialog } from "./exception-dialog.tsx";
import "./exception-from-alert.css";

export function ExceptionFromAlert({ alert, onClose }: { alert: string; onClose: () => void }) {
  const [fields, setFields] = useState<readonly string[]>();
  const proposal = useCall(
    exceptionRoutes.proposeException,
    { body: { alert, ...(fields !== undefined && { fields: [...fields] }) } },
    { keep: true },
  );
  if (proposal.data === undefined)
    return (
      <Dialog title="Add an exception" open onClose={onClose}>
        <Outcome query={proposal} what="the alert's fields" rows={6}>
          {() => null}
        </Outcome>
      </Dialog>
    );
  const { data } = proposal;
  const chosen = data.fields.filter((field) => field.chosen).map((field) => field.field);
  const toggle = (name: string): void => {
    const next = chosen.includes(name) ? chosen.filter((field) => field !== name) : [...chosen, name];
    if (next.length > 0) setFields(next);
  };
  return (
    <ExceptionDialog start={{ text: data.text }} onClose={onClose}>
      <fieldset className="exception-choice">
        <legend>
          Leave out what has all of these, of the rule <LogText text={data.ruleTitle} />
        </legend>
        <div className="exception-choice-list" tabIndex={0} role="group" aria-label="Fields">
          {[...data.fields]
            .sort((a, b) => Number(b.matched) - Number(a.matched))
            .map((field) => (
              <label key={field.field} className="exception-choice-line">
                <input type="checkbox" checked={field.chosen} onChange={() => toggle(field.field)} />
                <span className="mono strong">
                  <LogText text={field.field} />
                </span>
                <span className="mono truncate">
                  <LogText text={field.value} />
                </span>
                {field.matched && <span className="faint small">the rule looks at it</span>}
              </label>
            ))}
        </div>
      </fieldset>
    </ExceptionDialog>
  );
}
