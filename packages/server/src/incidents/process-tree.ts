/** process-tree: the processes that a host started, each under the one that started it. Pids are used again and logs leave them out:
 *  a parent must have started before, and carry the name that its child gives it. Pure. */
import type { ProcessNode } from "@holdfast/contracts/investigation";
import { SEVERITIES, type Severity } from "@holdfast/contracts/model";
import type { Activity } from "./activity-store.ts";
import { fileName } from "./graph-build.ts";

/** In the order of time. */
export type Launch = Pick<Activity, "id" | "timeMs" | "process" | "cmd" | "pid" | "user" | "parent" | "parentPid">;

interface Hit {
  readonly titles: string[];
  readonly level: string;
}

/** By the parent's pid: the latest process of that pid that started before. Where the log has no pids, by its program. */
export function underParents(launches: readonly Launch[], signals: ReadonlyMap<string, Hit>): ProcessNode[] {
  const byPid = new Map<number, Launch>();
  const byPath = new Map<string, Launch>();
  return launches.map((launch) => {
    const { id, timeMs, process, cmd, pid, user, parent, parentPid } = launch;
    const candidate = parentPid === 0 ? byPath.get(parent.toLowerCase()) : byPid.get(parentPid);
    const fits = candidate !== undefined && (parent === "" || fileName(candidate.process) === fileName(parent));
    if (pid !== 0) byPid.set(pid, launch);
    byPath.set(process.toLowerCase(), launch);
    const hit = signals.get(id);
    return {
      id,
      parentId: fits ? candidate.id : null,
      at: new Date(timeMs).toISOString(),
      path: process,
      cmd,
      pid,
      user,
      eventId: id,
      signals: hit?.titles ?? [],
      severity: severityOf(hit?.level),
    };
  });
}

function severityOf(level: string | undefined): Severity | null {
  return SEVERITIES.find((known) => known === level) ?? null;
}
