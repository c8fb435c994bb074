/** work: the joint work on an incident as a page needs it: read once for head and tabs, read again when somebody changes it. */
import { accessRoutes } from "@holdfast/contracts/access";
import { evidenceRoutes } from "@holdfast/contracts/evidence";
import { incidentRoutes, type IncidentRole } from "@holdfast/contracts/incidents";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { explain } from "../app/client.ts";
import { useLive } from "../app/live.ts";
import { useCall } from "../app/query.ts";
import { toast } from "../ui/toast.tsx";

export const ROLES: readonly (readonly [IncidentRole, string])[] = [
  ["commander", "Commander"],
  ["security-lead", "Security lead"],
  ["operations-lead", "Operations lead"],
  ["communications", "Communications"],
  ["scribe", "Scribe"],
];

export const TEAMS = [
  { value: "security", label: "Security" },
  { value: "operations", label: "Operations" },
] as const;

export function useWork(incidentId: string) {
  const renew = useRenew();
  useLive("incidents.work.changed", (payload) => {
    if (payload.incidentId === incidentId) renew();
  });
  return useCall(incidentRoutes.getWork, { params: { id: incidentId } });
}

/** Reads work and evidence again. */
export function useRenew(): () => void {
  const client = useQueryClient();
  return useCallback(() => {
    for (const { path } of [incidentRoutes.getWork, incidentRoutes.listTasks, evidenceRoutes.listEvidence])
      void client.invalidateQueries({ queryKey: [path] });
  }, [client]);
}

/** Does something small at once; what went wrong is said in a toast. */
export function useAct(): (work: () => Promise<unknown>, done?: string) => void {
  const renew = useRenew();
  return (work, done) => {
    work().then(
      () => {
        renew();
        if (done !== undefined) toast({ title: done });
      },
      (error: unknown) => toast({ title: "This did not work", body: explain(error), tone: "error" }),
    );
  };
}

export function usePeople(): readonly { value: string; label: string }[] {
  const people = useCall(accessRoutes.listPeople, {}).data?.items ?? [];
  return [
    { value: "", label: "nobody" },
    ...people.map(({ id, name, fullName, team }) => ({
      value: id,
      label: `${fullName === "" ? name : fullName} · ${team}`,
    })),
  ];
}
