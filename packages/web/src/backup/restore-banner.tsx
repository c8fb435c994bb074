/** restore-banner: over every page after a restore: nothing acts outward until somebody who may says so, here or from a terminal. */
import { backupRoutes } from "@holdfast/contracts/backup";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { toast } from "../ui/toast.tsx";
import "./restore-banner.css";

/** Somebody else may release it. */
const LOOK_MS = 20_000;

export function RestoreBanner() {
  const [looking, setLooking] = useState(false);
  const [open, setOpen] = useState(false);
  const state = useCall(backupRoutes.readRestore, {}, looking ? { everyMs: LOOK_MS } : {});
  const refusal = useRefusal()("backups.write");
  const held = state.data?.held ?? null;
  if ((held !== null) !== looking) setLooking(held !== null);
  return (
    <div role="status" aria-label="Restore">
      {held !== null && (
        <div className="restore-banner">
          <strong className="restore-word">RESTORED</strong>
          <span className="truncate">
            as of <Clock at={held.takenAt} form="absolute" />. Runs, effects, pages, tickets and fetched sources wait.
          </span>
          <Button size="compact" refused={refusal} onClick={() => setOpen(true)}>
            Release what waits…
          </Button>
        </div>
      )}
      {open && held !== null && (
        <Release
          onClose={() => setOpen(false)}
          onDone={() => {
            setOpen(false);
            void state.refetch();
          }}
        />
      )}
    </div>
  );
}

function Release({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const release = async (): Promise<void> => {
    setBusy(true);
    try {
      await call(backupRoutes.releaseRestore, { body: {} });
      toast({ title: "Released: what waited goes on" });
      onDone();
    } catch (reason) {
      setError(explain(reason));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title="Let this Holdfast act outward again?"
      note="It goes on from the moment of its backup and does not know what happened since."
      submit="Release what waits"
      danger
      busy={busy}
      error={error}
      onSubmit={() => void release()}
      onClose={onClose}
    >
      <ul className="restore-checks">
        <li>First make sure that the instance it was copied from is stopped.</li>
        <li>Refuse or cancel what has happened since, in Approvals and in the runs: what is approved will be sent.</li>
      </ul>
    </FormDialog>
  );
}
