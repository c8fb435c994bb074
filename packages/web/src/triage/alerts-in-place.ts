/** alerts-in-place: an alert that someone else changed is changed in the list where it stands; no row moves. */
import { triageRoutes, type Alert } from "@holdfast/contracts/triage";
import { useQueryClient } from "@tanstack/react-query";
import { call } from "../app/client.ts";
import { useLive } from "../app/live.ts";

/** More than this many at once are left to the next renewal: they come from bulk work, not from a colleague on the same row. */
const MOST = 20;

export function useAlertsInPlace(rows: readonly Alert[], patch: (change: (alert: Alert) => Alert) => void): void {
  const client = useQueryClient();
  useLive("triage.alert.changed", (payload) => {
    const shown = new Set(rows.map((alert) => alert.id));
    const ids = payload.ids.filter((id) => shown.has(id)).slice(0, MOST);
    for (const id of payload.ids)
      void client.invalidateQueries({ queryKey: [triageRoutes.getAlert.path, { params: { id } }] });
    for (const id of ids)
      call(triageRoutes.getAlert, { params: { id } }).then(
        (fresh) => patch((alert) => (alert.id === id ? { ...alert, ...pick(fresh) } : alert)),
        () => undefined,
      );
  });
}

function pick(fresh: Alert): Partial<Alert> {
  const { severity, state, verdict, count, lastSeen, assignee, team, services, incidentId } = fresh;
  return { severity, state, verdict, count, lastSeen, assignee, team, services, incidentId };
}
