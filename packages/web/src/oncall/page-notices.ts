/** page-notices: a notice of the browser when the viewer is paged. Off until they ask for it in this browser; a page is shown once. */
import { oncallRoutes } from "@holdfast/contracts/oncall";
import { call } from "../app/client.ts";
import { PAGE_NOTICES } from "../app/preferences.ts";

const FRESH_MS = 5 * 60_000;
const shown = new Set<string>();

export function noticesOn(): boolean {
  return (
    "Notification" in window &&
    Notification.permission === "granted" &&
    window.localStorage.getItem(PAGE_NOTICES) === "on"
  );
}

/** Asks the browser when it has to; answers whether notices are on now. */
export async function setNotices(wanted: boolean): Promise<boolean> {
  if (!wanted || !("Notification" in window)) {
    window.localStorage.removeItem(PAGE_NOTICES);
    return false;
  }
  if ((await Notification.requestPermission()) !== "granted") return false;
  window.localStorage.setItem(PAGE_NOTICES, "on");
  return true;
}

/** Shows the newest page of an incident, if it is one of this person's. */
export async function showPage(incidentId: string, userId: string): Promise<void> {
  const { escalation, pages } = await call(oncallRoutes.getIncidentOnCall, { params: { id: incidentId } });
  const [page] = pages;
  const mine = page?.deliveries.some(({ person }) => person?.id === userId) === true;
  if (page === undefined || !mine || escalation?.state !== "running" || shown.has(page.id)) return;
  if (Date.now() - Date.parse(page.at) > FRESH_MS) return;
  shown.add(page.id);
  const notice = new Notification(`${page.exercise ? "EXERCISE: " : ""}INC-${page.number}: you are paged`, {
    body: `${page.severity}: ${page.title}`,
    tag: page.id,
    requireInteraction: true,
  });
  notice.onclick = () => {
    window.focus();
    window.location.assign(`/incidents/${page.number}`);
  };
}
