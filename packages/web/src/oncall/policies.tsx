/** policies: escalation policies as sentences, with what is wrong with them, and who would be paged now. */
import { oncallRoutes } from "@holdfast/contracts/oncall";
import type { NotifyTarget, Policy, PolicyStep, Schedule } from "@holdfast/contracts/oncall-model";
import { accessRoutes } from "@holdfast/contracts/access";
import { useState } from "react";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { LogText } from "../ui/code.tsx";
import { Panel } from "../ui/page.tsx";
import { Empty } from "../ui/states.tsx";
import { Tag } from "../ui/tag.tsx";
import { span } from "../ui/time.ts";
import { PolicyForm } from "./policy-form.tsx";

export function Policies({ schedules }: { schedules: readonly Schedule[] }) {
  const policies = useCall(oncallRoutes.listPolicies, {});
  const refused = useRefusal()("oncall.write");
  const [form, setForm] = useState<Policy | "new">();
  const say = useTargetWords(schedules);
  return (
    <Panel
      title="Escalation policies"
      tools={
        <Button size="compact" refused={refused} onClick={() => setForm("new")}>
          Add a policy
        </Button>
      }
    >
      <Outcome query={policies} what="escalation policies" rows={4}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nobody is paged">
              <p>A policy says who is told about which incidents, and who next when nobody answers.</p>
            </Empty>
          ) : (
            <div className="stack">
              {items.map((policy) => (
                <section key={policy.id} className="stack tight" aria-label={policy.name}>
                  <div className="row between">
                    <div className="row">
                      <span className="strong">
                        <LogText text={policy.name} />
                      </span>
                      <span className="faint small">{opensWords(policy)}</span>
                    </div>
                    <Button size="compact" label={`Edit ${policy.name}`} onClick={() => setForm(policy)}>
                      Edit
                    </Button>
                  </div>
                  <ol className="oncall-steps">
                    {policy.steps.map((step, at) => (
                      <li key={at}>{stepWords(step, say)}</li>
                    ))}
                  </ol>
                  {policy.repeat > 0 && (
                    <p className="faint small">
                      Then again from the start{policy.repeat === 1 ? ", once" : `, ${policy.repeat} times`}.
                    </p>
                  )}
                  {policy.findings.map(({ message, level }) => (
                    <p key={message} className="row small">
                      <Tag tone={level === "error" ? "critical" : "high"}>{level}</Tag>
                      <LogText text={message} />
                    </p>
                  ))}
                </section>
              ))}
            </div>
          )
        }
      </Outcome>
      {form !== undefined && (
        <PolicyForm policy={form === "new" ? null : form} schedules={schedules} onClose={() => setForm(undefined)} />
      )}
    </Panel>
  );
}

function useTargetWords(schedules: readonly Schedule[]): (target: NotifyTarget) => string {
  const people = useCall(accessRoutes.listPeople, {});
  return (target) => {
    if (target.kind === "schedule") {
      return `whoever is on call in ${schedules.find(({ id }) => id === target.id)?.name ?? "a schedule that is gone"}`;
    }
    if (target.kind === "person")
      return people.data?.items.find(({ id }) => id === target.id)?.name ?? "somebody who is gone";
    return target.kind === "team" ? `everyone in ${target.team}` : `the channel ${target.to}`;
  };
}

function stepWords(step: PolicyStep, say: (target: NotifyTarget) => string): string {
  const when =
    step.when === null || step.when.severities.length === 0 ? "" : ` Only when ${step.when.severities.join(" or ")}.`;
  return `Page ${step.notify.map(say).join(" and ")}, wait ${span(step.waitSeconds)}.${when}`;
}

function opensWords({ opens }: Policy): string {
  if (opens === null) return "used by hand only";
  const services = opens.services.length === 0 ? "" : ` on ${opens.services.join(", ")}`;
  const critical = opens.criticalityAtLeast > 1 ? ` of criticality ${opens.criticalityAtLeast} and above` : "";
  return `for incidents that are ${opens.severityAtLeast} or worse${services}${critical}`;
}
