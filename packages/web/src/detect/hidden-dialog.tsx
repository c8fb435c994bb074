/** hidden-dialog: the matches an exception hid, so that somebody can judge whether it hides too much. */
import { type Exception, exceptionRoutes } from "@holdfast/contracts/exceptions";
import { useState } from "react";
import { call } from "../app/client.ts";
import { Outcome } from "../app/outcome.tsx";
import { usePages } from "../app/query.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ExplainDialog } from "./explain-dialog.tsx";
import { SignalTable } from "./rule-signals.tsx";

export function HiddenDialog({ exception, onClose }: { exception: Exception; onClose: () => void }) {
  const pages = usePages([exceptionRoutes.listHidden.path, exception.id], (cursor, signal) =>
    call(
      exceptionRoutes.listHidden,
      { params: { id: exception.id }, query: { limit: 50, ...(cursor !== undefined && { cursor }) } },
      signal,
    ),
  );
  const [open, setOpen] = useState<string>();
  return (
    <Dialog title="What it hid" note={exception.title} open wide onClose={onClose}>
      <Outcome query={pages.query} what="what it hid" rows={6}>
        {() => <SignalTable signals={pages.rows} onExplain={(signal) => setOpen(signal.id)} />}
      </Outcome>
      {pages.hasMore && (
        <Button size="compact" onClick={pages.more}>
          Show more
        </Button>
      )}
      {open !== undefined && <ExplainDialog signal={open} onClose={() => setOpen(undefined)} />}
    </Dialog>
  );
}
