/** page-notices: a notice of the browser when the viewer is paged. Off until they ask for it in this browser; a page is shown once. */
import { oncallRoutes } from "@holdfast/contracts/oncall";
import { call } from "../app/client.ts";
import { useLive } from "../app/live.ts";
import { useSession } from "../app/session.tsx";

const KEY = "holdfast.page-notices";
const FRESH_MS = 5 * 60_000;

export function noticesOn(): boolean {
  return "Notification" in window && Notification.permission === "granted" && window.localStorage.getItem(KEY) === "on";
}

/** Asks the browser when it has to; answers whether notices are on now. */
export async function setNotices(wanted: boolean): Promise<boolean> {
  if (!wanted || !("Notification" in window)) {
    window.localStorage.removeItem(KEY);
    return false;
  }
  if ((await Notification.requestPermission()) !== "granted") return false;
  window.localStorage.setItem(KEY, "on");
  return true;
}

/** Shows what comes while the caller is mounted. */
export function usePageNotices(): void {
  const { user } = useSession();
  useLive("oncall.changed", ({ incidentId }) => {
    if (incidentId !== null && noticesOn()) void notify(incidentId, user.id).catch(() => undefined);
  });
}

const shown = new Set<string>();

async function notify(incidentId: string, userId: string): Promise<void> {
  const { escalation, pages } = await call(oncallRoutes.getIncidentOnCall, { params: { id: incidentId } });
  const [page] = pages;
  const mine = page?.deliveries.some(({ person }) => person?.id === userId) === true;
  if (page === undefined || !mine || escalation?.state !== "running" || shown.has(page.id)) return;
  if (Date.now() - Date.parse(page.at) > FRESH_MS) return;
  shown.add(page.id);
  const notice = new Notification(`INC-${page.number}: you are paged`, {
    body: `${page.severity}: ${page.title}`,
    tag: page.id,
    requireInteraction: true,
  });
  notice.onclick = () => {
    window.focus();
    window.location.assign(`/incidents/${page.number}`);
  };
}
