/** runs-tab: the playbooks that run on an incident, and the start of another one. */
import { playbookRoutes, type PlaybookDetail } from "@holdfast/contracts/playbooks";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Link, useGo } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { useLive } from "../app/live.ts";
import { More } from "../app/more.tsx";
import { Outcome } from "../app/outcome.tsx";
import { useCall, usePages } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Select } from "../ui/select.tsx";
import { Empty } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import "./playbooks.css";
import { offReason } from "./playbook-switch.tsx";
import { SuggestionList } from "./suggestion.tsx";
import { RunTag } from "./run-words.tsx";
import { StartDialog } from "./start-dialog.tsx";

export function RunsTab({ incidentId }: { incidentId: string }) {
  const go = useGo();
  const client = useQueryClient();
  const refused = useRefusal()("playbooks.run");
  const [chosen, setChosen] = useState("");
  const [starting, setStarting] = useState<PlaybookDetail | null>(null);
  const pages = usePages([playbookRoutes.listRuns.path, incidentId], (cursor, signal) =>
    call(
      playbookRoutes.listRuns,
      { query: { incident: incidentId, limit: 100, ...(cursor !== undefined && { cursor }) } },
      signal,
    ),
  );
  const playbooks = useCall(playbookRoutes.listPlaybooks, { query: {} });
  useLive("playbooks.run.changed", (payload) => {
    if (payload.incidentId === incidentId) void client.invalidateQueries({ queryKey: [playbookRoutes.listRuns.path] });
  });
  const published = (playbooks.data?.items ?? []).filter(({ version }) => version !== null);
  const picked = published.find(({ id }) => id === chosen);
  const choose = async (id: string): Promise<void> => {
    try {
      setStarting(await call(playbookRoutes.getPlaybook, { params: { id } }));
    } catch (error) {
      toast({ title: "The playbook could not be read", body: explain(error), tone: "error" });
    }
  };
  return (
    <div className="pane" tabIndex={0} role="region" aria-label="Runs">
      <div className="row">
        <Select
          label="Playbook"
          named
          value={chosen}
          options={[
            { value: "", label: "choose one" },
            ...published.map(({ id, name, off }) => ({ value: id, label: off === null ? name : `${name} (off)` })),
          ]}
          onChange={setChosen}
        />
        <Button
          variant="primary"
          refused={refused !== "" ? refused : picked === undefined ? "Choose a playbook first" : offReason(picked)}
          onClick={() => void choose(chosen)}
        >
          Run playbook
        </Button>
      </div>
      <SuggestionList incidentId={incidentId} />
      <Outcome query={pages.query} what="runs" rows={6}>
        {() =>
          pages.rows.length === 0 ? (
            <Empty title="No playbook has run on this incident" />
          ) : (
            <div className="stack">
              {pages.rows.map((run) => (
                <article key={run.id} className="run-step">
                  <div className="row">
                    <Link to={links.run(run.id)}>{run.playbookName}</Link>
                    <RunTag run={run} />
                    <span className="faint small">
                      {run.startedBy.name} <Clock at={run.startedAt} />
                    </span>
                  </div>
                  {run.at.length > 0 && (
                    <span className="small">
                      at <LogText text={run.at.join(", ")} />
                    </span>
                  )}
                </article>
              ))}
              <More pages={pages} />
            </div>
          )
        }
      </Outcome>
      {starting !== null && (
        <StartDialog
          playbook={starting}
          incidentId={incidentId}
          onClose={() => setStarting(null)}
          onDone={(run) => go(links.run(run))}
        />
      )}
    </div>
  );
}
