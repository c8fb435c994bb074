/** changed-notice: somebody else saved the playbook while its text was changed here: both can be looked at, and nobody's is lost unseen. */
import type { PlaybookDetail } from "@holdfast/contracts/playbooks";
import { Button } from "../ui/button.tsx";
import { LogText } from "../ui/code.tsx";

export function ChangedNotice(props: {
  theirs: PlaybookDetail;
  shown: boolean;
  onShow: () => void;
  onTakeTheirs: () => void;
  onKeepMine: () => void;
}) {
  return (
    <div className="playbook-changed" role="alert">
      <div className="row wrap">
        <strong className="strong">Somebody else saved this playbook meanwhile.</strong>
        <Button size="compact" expanded={props.shown} onClick={props.onShow}>
          {props.shown ? "Hide their text" : "Show their text"}
        </Button>
        <Button size="compact" onClick={props.onTakeTheirs}>
          Take theirs, drop mine
        </Button>
        <Button size="compact" variant="danger" onClick={props.onKeepMine}>
          Go on with mine
        </Button>
      </div>
      {props.shown && (
        <pre className="playbook-theirs mono small" tabIndex={0}>
          <LogText text={props.theirs.text} />
        </pre>
      )}
    </div>
  );
}
