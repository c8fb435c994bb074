/** time: how times are written. Pure: the caller passes now. Relative in lists, absolute in the viewer's zone with UTC beside it. */

/** "now", "4m", "3h", "2d", "5w": the age of a time, or "in 4m" when it lies ahead. */
export function relative(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000);
  if (!Number.isFinite(seconds)) return "–";
  const size = span(Math.abs(seconds));
  if (Math.abs(seconds) < 10) return "now";
  return seconds < 0 ? `in ${size}` : size;
}

/** A length in the largest unit that keeps it readable: 45s, 12m, 3h, 9d, 6w. */
export function span(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  if (seconds < 1_209_600) return `${Math.floor(seconds / 86_400)}d`;
  return `${Math.floor(seconds / 604_800)}w`;
}

/** The viewer's zone, to the second: 22 Nov 2026, 09:03:12. */
export function absolute(at: number): string {
  return Number.isFinite(at) ? LOCAL.format(at) : "no time";
}

/** The time of day in the viewer's zone, under a heading that names the day. */
export function timeOfDay(at: number): string {
  return Number.isFinite(at) ? SECOND.format(at) : "no time";
}

/** The viewer's zone, to the millisecond, as rows of events show it: 22 Nov 09:03:12.483. */
export function precise(at: number): string {
  if (!Number.isFinite(at)) return "–";
  const millis = String(new Date(at).getUTCMilliseconds()).padStart(3, "0");
  return `${ROW.format(at).replace(",", "")}.${millis}`;
}

/** Both zones, one a line, for the hover. */
export function bothZones(at: number): string {
  if (!Number.isFinite(at)) return "";
  return `${LOCAL.format(at)} ${ZONE}\n${new Date(at).toISOString().replace("T", " ").replace("Z", "")} UTC`;
}

/** A tick of a time axis, as fine as the axis needs. */
export function axisTick(at: number, spanSeconds: number): string {
  if (spanSeconds <= 600) return SECOND.format(at);
  if (spanSeconds <= 172_800) return MINUTE.format(at);
  if (spanSeconds <= 864_000) return DAY_AND_HOUR.format(at).replace(",", "");
  return DAY.format(at);
}

/** Milliseconds since the epoch of ISO text with any number of decimals; NaN when it is none. */
export function timeOf(iso: string | null | undefined): number {
  if (iso === null || iso === undefined || iso === "") return Number.NaN;
  const text = iso.includes("T") ? iso : iso.replace(" ", "T");
  return Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
}

/** 2026-11-22T09:03 in the viewer's zone: what the browser's own field for a time takes and gives. */
export function localTime(at: number): string {
  const here = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return Number.isFinite(at) ? here.toISOString().slice(0, 16) : "";
}

/** The other way round; NaN when it is none. */
export function timeOfLocal(text: string): number {
  return new Date(text).getTime();
}

const LOCAL = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const ROW = new Intl.DateTimeFormat("en-GB", {
  day: "2-digit",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const SECOND = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const MINUTE = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY_AND_HOUR = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const ZONE =
  new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" })
    .formatToParts(0)
    .find((part) => part.type === "timeZoneName")?.value ?? "local";
