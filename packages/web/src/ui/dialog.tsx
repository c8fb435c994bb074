/** dialog: a short task on top of the page. Escape closes it, focus comes back to where it was. */
import { Dialog as Base } from "@base-ui/react/dialog";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import "./dialog.css";

export function Dialog(props: {
  title: string;
  /** What it does, under the title. */
  note?: ReactNode;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
}) {
  return (
    <Base.Root open={props.open} onOpenChange={(open) => !open && props.onClose()}>
      <Base.Portal>
        <Base.Backdrop className="dialog-backdrop" />
        <Base.Popup className={props.wide === true ? "dialog wide" : "dialog"}>
          <Base.Title className="dialog-title">{props.title}</Base.Title>
          {props.note !== undefined && <Base.Description className="dialog-note">{props.note}</Base.Description>}
          {props.children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** A dialog that is a form: the button says what happens, a refusal is shown above it. */
export function FormDialog(props: {
  title: string;
  note?: ReactNode;
  submit: string;
  danger?: boolean;
  refused?: string;
  busy?: boolean;
  error?: string | undefined;
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  return (
    <Dialog title={props.title} note={props.note} open onClose={props.onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          // A dialog that a form opened stands inside it for React, wherever it is drawn: its submit must not be the form's.
          event.stopPropagation();
          event.preventDefault();
          if (props.busy !== true && (props.refused ?? "") === "") props.onSubmit();
        }}
      >
        {props.children}
        {props.error !== undefined && (
          <p className="field-error" role="alert">
            {props.error}
          </p>
        )}
        <div className="row dialog-actions">
          <Button onClick={props.onClose}>Cancel</Button>
          <Button
            type="submit"
            variant={props.danger === true ? "danger" : "primary"}
            busy={props.busy ?? false}
            refused={props.refused}
          >
            {props.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
