/** alert-selection-bar: what can be done with the selected alerts, each with its key. */
import { X } from "lucide-react";
import { SelectionBar } from "../ui/bars.tsx";
import { Button } from "../ui/button.tsx";
import { count } from "../ui/number.ts";
import type { AlertDialogKind } from "./alert-dialogs.tsx";

export function AlertSelectionBar(props: {
  selected: number;
  loaded: number;
  blocked: string;
  onAll: () => void;
  onAcknowledge: () => void;
  onDialog: (kind: AlertDialogKind) => void;
  onClear: () => void;
}) {
  const { blocked, onDialog } = props;
  return (
    <SelectionBar text={`${count(props.selected)} selected`}>
      {props.selected < props.loaded && (
        <Button size="compact" variant="ghost" onClick={props.onAll}>
          Select all {count(props.loaded)} loaded
        </Button>
      )}
      <Button size="compact" keys="e" refused={blocked} onClick={props.onAcknowledge}>
        Acknowledge
      </Button>
      <Button size="compact" keys="a" refused={blocked} onClick={() => onDialog("assign")}>
        Assign
      </Button>
      <Button size="compact" keys="s" refused={blocked} onClick={() => onDialog("close")}>
        Close
      </Button>
      <Button size="compact" keys="i" refused={blocked} onClick={() => onDialog("incident")}>
        Incident
      </Button>
      <Button
        size="compact"
        variant="ghost"
        icon={<X size={14} />}
        label="Clear the selection"
        keys="Escape"
        onClick={props.onClear}
      />
    </SelectionBar>
  );
}
