/** edit-conflict: somebody else saved the rule while its text was being edited here: theirs and mine side by side by lines, and the choice. */
import type { RuleDetail } from "@holdfast/contracts/detect";
import { type DiffLine, editingRoutes } from "@holdfast/contracts/editing";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Panel } from "../ui/page.tsx";
import { Diff } from "./rule-history.tsx";

export function EditConflict(props: {
  /** As the other one saved it. */
  rule: RuleDetail;
  mine: string;
  onKeepMine: () => void;
  onTakeTheirs: () => void;
}) {
  const { rule } = props;
  const compared = useCall(
    editingRoutes.compareRule,
    { params: { id: rule.id }, body: { text: props.mine } },
    { keep: true },
  );
  return (
    <div className="edit-conflict">
      <Panel
        title="Changed by somebody else meanwhile"
        tools={
          <span className="row">
            <Button size="compact" onClick={props.onTakeTheirs}>
              Take their text
            </Button>
            <Button size="compact" onClick={props.onKeepMine}>
              Go on with mine
            </Button>
          </span>
        }
      >
        <p className="small" role="status">
          {rule.edited === null ? (
            "The file's text is in force again."
          ) : (
            <>
              <LogText text={rule.edited.by} /> saved version {rule.version} at{" "}
              <Clock at={rule.edited.at} form="absolute" />
              {rule.edited.note !== "" && (
                <>
                  : <LogText text={rule.edited.note} />
                </>
              )}
            </>
          )}
        </p>
        <p className="small faint">
          Lines with − are theirs only, lines with + are yours only. Nothing of yours is lost: take over below what you
          want of theirs, then go on with yours and save.
        </p>
        <Outcome query={compared} what="the difference" rows={6}>
          {({ diff }) => <Diff lines={aroundChanges(diff)} label="Their text against yours" />}
        </Outcome>
      </Panel>
    </div>
  );
}

const CONTEXT = 3;

/** What differs is the question; equal lines farther away would push it out of sight. Their numbers show the gap. */
function aroundChanges(lines: readonly DiffLine[]): DiffLine[] {
  return lines.filter((_, at) =>
    lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ kind }) => kind !== "same"),
  );
}
