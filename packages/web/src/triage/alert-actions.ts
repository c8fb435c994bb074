/** alert-actions: what people do to alerts, one or many. The rows change where they stand; the toast offers the way back. */
import { triageRoutes, type Alert } from "@holdfast/contracts/triage";
import { useQueryClient } from "@tanstack/react-query";
import { call, explain, type Given } from "../app/client.ts";
import { plural } from "../ui/number.ts";
import { toast } from "../ui/toast.tsx";

export type AlertAction = Given<typeof triageRoutes.actOnAlerts>["body"]["action"];

export interface People {
  readonly id: string;
  readonly name: string;
}

/** `patch` changes the loaded rows; details and groups are read again. */
export function useAlertActions(patch: (change: (alert: Alert) => Alert) => void, people: readonly People[]) {
  const client = useQueryClient();
  const act = async (ids: readonly string[], action: AlertAction): Promise<void> => {
    if (ids.length === 0) return;
    try {
      const answer = await call(triageRoutes.actOnAlerts, { body: { ids: [...ids], action } });
      const touched = new Set(ids);
      patch((alert) => (touched.has(alert.id) ? applied(alert, action, people) : alert));
      if (action.kind === "undo") await reread(ids, patch);
      void client.invalidateQueries({ queryKey: [triageRoutes.getAlert.path] });
      void client.invalidateQueries({ queryKey: [triageRoutes.groupAlerts.path] });
      const undo: AlertAction | null = action.kind === "undo" ? null : { kind: "undo", of: action.kind };
      toast({
        title: `${plural(answer.changed, "alert")} ${DONE[action.kind]}`,
        body: note(answer),
        action: undo === null || answer.changed === 0 ? undefined : { label: "Undo", run: () => void act(ids, undo) },
      });
    } catch (error) {
      toast({ title: `${plural(ids.length, "alert")} not changed`, body: explain(error), tone: "error" });
    }
  };
  return act;
}

const DONE: Readonly<Record<AlertAction["kind"], string>> = {
  acknowledge: "acknowledged",
  assign: "assigned",
  close: "closed",
  reopen: "reopened",
  severity: "re-rated",
  undo: "as before",
};

function applied(alert: Alert, action: AlertAction, people: readonly People[]): Alert {
  switch (action.kind) {
    case "acknowledge":
      return alert.state === "new" ? { ...alert, state: "acknowledged" } : alert;
    case "assign": {
      const person = people.find((candidate) => candidate.id === action.assignee);
      return {
        ...alert,
        assignee: person === undefined ? null : { id: person.id, name: person.name },
        team: action.team,
      };
    }
    case "close":
      return { ...alert, state: "closed", verdict: action.verdict };
    case "reopen":
      return { ...alert, state: "acknowledged", verdict: null };
    case "severity":
      return { ...alert, severity: action.severity };
    case "undo":
      return alert;
  }
}

/** More than this many restored at once are read with the next renewal of the list. */
const MOST_REREAD = 50;

/** How each alert stood before differs: the server knows. */
async function reread(ids: readonly string[], patch: (change: (alert: Alert) => Alert) => void): Promise<void> {
  const fresh = await Promise.all(
    ids.slice(0, MOST_REREAD).map((id) => call(triageRoutes.getAlert, { params: { id } }).catch(() => undefined)),
  );
  const byId = new Map(fresh.flatMap((alert) => (alert === undefined ? [] : [[alert.id, alert] as const])));
  patch((alert) => {
    const found = byId.get(alert.id);
    if (found === undefined) return alert;
    const { state, verdict, severity, assignee, team } = found;
    return { ...alert, state, verdict, severity, assignee, team };
  });
}

function note(answer: { unchanged: number; missing: readonly string[] }): string | undefined {
  const parts = [];
  if (answer.unchanged > 0) parts.push(`${answer.unchanged} were already so.`);
  if (answer.missing.length > 0) parts.push(`${answer.missing.length} no longer exist.`);
  return parts.length === 0 ? undefined : parts.join(" ");
}
