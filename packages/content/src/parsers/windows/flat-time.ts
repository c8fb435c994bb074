/** flat-time: the time of a flat Windows record. A shipper may write EventTime in local time without a zone; taking it for
 *  UTC would move the event by hours. The zone follows from the same record: the shipper's EventReceivedTime (local) and the
 *  pipeline's @timestamp (UTC) are the same moment, a few seconds apart. */
import { type EventTime, parseIso, parseTime } from "@holdfast/sdk";

export function flatTime(fields: Readonly<Record<string, unknown>>): EventTime | undefined {
  const written = parseTime(fields["TimeCreated"] ?? fields["EventTime"] ?? fields["SystemTime"]);
  if (written !== undefined && !written.assumed) return written;
  const utc = sysmonTime(fields);
  const stamp = parseTime(fields["@timestamp"]);
  if (written === undefined) return stamp ?? utc;
  const offset = stamp === undefined ? undefined : zoneOf(stamp, parseTime(fields["EventReceivedTime"]) ?? written);
  if (offset === undefined) return utc ?? written;
  const time_ms = written.time_ms + offset;
  // EventTime has whole seconds; Sysmon's own time has milliseconds and is taken when it is the same moment.
  if (utc !== undefined && Math.abs(utc.time_ms - time_ms) < SAME_MOMENT) return utc;
  return { time_ms, time_ns: written.time_ns, assumed: true };
}

const QUARTER = 900_000;
const MOST_DELAY = 420_000;
const MOST_ZONE = 14 * 3_600_000;
const SAME_MOMENT = 10_000;

function sysmonTime(fields: Readonly<Record<string, unknown>>): EventTime | undefined {
  const text = fields["UtcTime"];
  return typeof text === "string" ? parseIso(text) : undefined;
}

/** Zones are multiples of a quarter of an hour; what is left over is the delay of delivery. */
function zoneOf(utc: EventTime, local: EventTime): number | undefined {
  if (!local.assumed) return undefined;
  const difference = utc.time_ms - local.time_ms;
  const offset = Math.round(difference / QUARTER) * QUARTER;
  return Math.abs(difference - offset) <= MOST_DELAY && Math.abs(offset) <= MOST_ZONE ? offset : undefined;
}
