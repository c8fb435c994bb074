/** rule-drafts: texts of rules that do not load yet: the list of them, those of one rule, and the way back to each. */
import { type RuleDraft, ruleDraftRoutes } from "@holdfast/contracts/rule-drafts";
import { useQueryClient } from "@tanstack/react-query";
import { call, explain } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { plural } from "../ui/number.ts";
import { Panel } from "../ui/page.tsx";
import { Empty, Partial } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import "./rule-problems.css";

export function RuleDrafts() {
  const drafts = useCall(ruleDraftRoutes.listRuleDrafts, {});
  return (
    <Outcome query={drafts} what="drafts">
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="No text waits to be finished">
            <p>
              A text that does not load yet can be saved all the same. It is never matched, and stands here until it
              loads.
            </p>
          </Empty>
        ) : (
          <div className="rule-problems" tabIndex={0} role="region" aria-label="Unfinished texts">
            <Panel flush>
              <table className="plain-table">
                <thead>
                  <tr>
                    <th scope="col">Title</th>
                    <th scope="col">Is to be</th>
                    <th scope="col">What is wrong</th>
                    <th scope="col">Saved</th>
                    <th scope="col">Note</th>
                    <th scope="col">
                      <span className="sr-only">What to do</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((draft) => (
                    <DraftRow key={draft.id} draft={draft} />
                  ))}
                </tbody>
              </table>
            </Panel>
          </div>
        )
      }
    </Outcome>
  );
}

function DraftRow({ draft }: { draft: RuleDraft }) {
  const refused = useRefusal()("rules.write");
  const client = useQueryClient();
  const drop = async (): Promise<void> => {
    try {
      await call(ruleDraftRoutes.deleteRuleDraft, { params: { id: draft.id } });
      await client.invalidateQueries({ queryKey: [ruleDraftRoutes.listRuleDrafts.path] });
    } catch (failure) {
      toast({ title: "The draft was not dropped", body: explain(failure), tone: "error" });
    }
  };
  return (
    <tr>
      <td className="strong">
        <Link to={draftLink(draft)}>
          <LogText text={draft.title} />
        </Link>
      </td>
      <td>
        {draft.ruleId === null ? (
          <span className="faint">a new rule</span>
        ) : (
          <Link to={links.rulePage(draft.ruleId)}>the next text of this rule</Link>
        )}
      </td>
      <td>{wrongOf(draft)}</td>
      <td>
        <Clock at={draft.at} /> <span className="faint">by</span> <LogText text={draft.by} />
      </td>
      <td>
        <LogText text={draft.note} />
      </td>
      <td>
        <Button size="compact" variant="ghost" refused={refused} onClick={() => void drop()}>
          Drop
        </Button>
      </td>
    </tr>
  );
}

/** Said where the rule is edited, unless one of them is open. */
export function DraftsOfRule({ ruleId }: { ruleId: string }) {
  const drafts = useCall(ruleDraftRoutes.listRuleDrafts, { query: { rule: ruleId } });
  return (drafts.data?.items ?? []).map((draft) => (
    <Partial key={draft.id} action={<Link to={draftLink(draft)}>Open the draft</Link>}>
      <LogText text={draft.by} /> keeps a draft of its next text: {wrongOf(draft)}.
    </Partial>
  ));
}

function draftLink({ id, ruleId }: RuleDraft): string {
  return `${links.rulePage(ruleId ?? "new")}?tab=edit&draft=${encodeURIComponent(id)}`;
}

function wrongOf({ errors }: RuleDraft): string {
  return errors === 0 ? "it loads now, and can be saved as a rule" : plural(errors, "error");
}
