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
      void client.invalidateQueries({ queryKey: [triageRoutes.getAlert.path] });
      void client.invalidateQueries({ queryKey: [triageRoutes.groupAlerts.path] });
      const undo = undoOf(action);
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
      return { ...alert, state: "new", verdict: null };
    case "severity":
      return { ...alert, severity: action.severity };
  }
}

function undoOf(action: AlertAction): AlertAction | null {
  return action.kind === "close" || action.kind === "acknowledge" ? { kind: "reopen", reason: "undone at once" } : null;
}

function note(answer: { unchanged: number; missing: readonly string[] }): string | undefined {
  const parts = [];
  if (answer.unchanged > 0) parts.push(`${answer.unchanged} were already so.`);
  if (answer.missing.length > 0) parts.push(`${answer.missing.length} no longer exist.`);
  return parts.length === 0 ? undefined : parts.join(" ");
}
