/** incident-actions: what can be done with an incident; the less frequent behind one menu. */
import { triageRoutes, type IncidentDetail } from "@holdfast/contracts/triage";
import { Ellipsis } from "lucide-react";
import { call, explain } from "../app/client.ts";
import { useGo } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Button } from "../ui/button.tsx";
import { Menu } from "../ui/menu.tsx";
import { toast } from "../ui/toast.tsx";
import type { IncidentDialogKind } from "./incident-dialogs.tsx";

export function IncidentActions(props: {
  incident: IncidentDetail;
  blocked: string;
  onAsk: (kind: IncidentDialogKind) => void;
  onDone: () => void;
}) {
  const { incident, blocked, onAsk } = props;
  const go = useGo();
  const unmerge = async (): Promise<void> => {
    try {
      const { restored } = await call(triageRoutes.unmergeIncident, { params: { id: incident.id } });
      props.onDone();
      toast({
        title: `INC-${restored.number} stands alone again`,
        action: { label: "Open", run: () => go(links.incident(restored.number)) },
      });
    } catch (error) {
      toast({ title: "The merge was not undone", body: explain(error), tone: "error" });
    }
  };
  const unsplit = async (): Promise<void> => {
    try {
      const { number } = await call(triageRoutes.unsplitIncident, { params: { id: incident.id } });
      go(links.incident(number));
      toast({ title: `Its alerts stand in INC-${number} again` });
    } catch (error) {
      toast({ title: "The split was not undone", body: explain(error), tone: "error" });
    }
  };
  return (
    <>
      <Button keys="s" refused={blocked} onClick={() => onAsk("state")}>
        State
      </Button>
      <Button keys="a" refused={blocked} onClick={() => onAsk("assign")}>
        Assign
      </Button>
      <Menu
        trigger={
          <button type="button" className="button icon-only" aria-label="More actions">
            <Ellipsis size={16} />
          </button>
        }
        actions={[
          { label: "Record a decision", keys: "shift+d", refused: blocked, run: () => onAsk("decision") },
          { label: "Change severity", keys: "v", refused: blocked, run: () => onAsk("severity") },
          { label: "Edit title and summary", refused: blocked, run: () => onAsk("text") },
          null,
          { label: "Merge another incident into this one", keys: "m", refused: blocked, run: () => onAsk("merge") },
          { label: "Undo the last merge", refused: blocked, run: () => void unmerge() },
          { label: "Split alerts off", keys: "shift+x", refused: blocked, run: () => onAsk("split") },
          { label: "Undo the split it came from", refused: blocked, run: () => void unsplit() },
          { label: "Link to another incident", keys: "shift+l", refused: blocked, run: () => onAsk("link") },
        ]}
      />
    </>
  );
}
