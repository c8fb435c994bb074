/** rota: who is on call. Pure: a schedule, its overrides and a range in, segments that cover the range without overlap out.
 *  Later layers stand above earlier ones, overrides above all layers, later overrides above earlier ones. Where nobody is, the
 *  segment says so. Days and weeks change hands at the local time, whatever the clocks do; hours pass as they pass. */
import type { Hours, Layer, ScheduleBody } from "@holdfast/contracts/oncall-model";
import { addDays, DAY_MS, dayFrom, daysBetween, minutesOf, openZone, weekdayOf, type Zone } from "./zone.ts";

export interface Override {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly personId: string;
  /** Only this person's shifts are taken over; null = anybody's. */
  readonly coversId: string | null;
}

export interface Segment {
  readonly from: number;
  readonly to: number;
  readonly personId: string | null;
  readonly source: string;
  readonly overrideId: string | null;
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

type Rota = Pick<ScheduleBody, "timeZone" | "layers">;

/** Everything in the range, earliest first; adjacent segments differ. A zone that the runtime does not know has nobody on call. */
export function segmentsOf(schedule: Rota, overrides: readonly Override[], range: Range): Segment[] {
  let pieces = nobody(range);
  const zone = openZone(schedule.timeZone);
  if (zone === undefined) return pieces;
  for (const layer of schedule.layers) pieces = laidOver(pieces, layerSegments(layer, zone, range));
  for (const one of overrides) {
    const from = Math.max(one.from, range.from);
    const to = Math.min(one.to, range.to);
    if (from >= to) continue;
    const cover: Segment = { from, to, personId: one.personId, source: "override", overrideId: one.id };
    pieces = laidOver(pieces, [cover], ({ personId }) => one.coversId === null || personId === one.coversId);
  }
  return merged(pieces);
}

/** What one layer says by itself: no overrides, no other layers. Without gaps between its segments only where it has none. */
export function layerSegments(layer: Layer, zone: Zone, range: Range): Segment[] {
  const shifts = shiftsOf(layer, zone, range);
  if (layer.hours.length === 0) return shifts;
  const open = openHours(layer.hours, zone, range);
  return shifts.flatMap((shift) =>
    open.flatMap(({ from, to }) => {
      const cut = { ...shift, from: Math.max(shift.from, from), to: Math.min(shift.to, to) };
      return cut.from < cut.to ? [cut] : [];
    }),
  );
}

/** Null when nobody is. */
export function onCallAt(schedule: Rota, overrides: readonly Override[], at: number): Segment | undefined {
  const [found] = segmentsOf(schedule, overrides, { from: at, to: at + 1 });
  return found?.personId === null ? undefined : found;
}

export function gapsOf(segments: readonly Segment[]): Range[] {
  return segments.filter(({ personId }) => personId === null).map(({ from, to }) => ({ from, to }));
}

/** The hours as ranges, in order and without overlap. */
export function openHours(hours: readonly Hours[], zone: Zone, range: Range): Range[] {
  const found: Range[] = [];
  // A window of the day before may reach into the range.
  const first = addDays(zone.dayOf(range.from), -1);
  const days = daysBetween(first, zone.dayOf(range.to)) + 1;
  for (let at = 0; at < days; at += 1) {
    const day = addDays(first, at);
    for (const window of hours) {
      if (!window.days.includes(weekdayOf(day))) continue;
      const start = minutesOf(window.from);
      const end = minutesOf(window.to);
      const from = Math.max(zone.momentOf(day, start), range.from);
      const to = Math.min(zone.momentOf(end <= start ? addDays(day, 1) : day, end), range.to);
      if (from < to) found.push({ from, to });
    }
  }
  found.sort((a, b) => a.from - b.from || a.to - b.to);
  const joined: { from: number; to: number }[] = [];
  for (const next of found) {
    const last = joined.at(-1);
    if (last !== undefined && next.from <= last.to) last.to = Math.max(last.to, next.to);
    else joined.push({ ...next });
  }
  return joined;
}

function shiftsOf(layer: Layer, zone: Zone, range: Range): Segment[] {
  const { people, rotation } = layer;
  const startDay = dayFrom(layer.start);
  const minutes = minutesOf(layer.handOver);
  const origin = zone.momentOf(startDay, minutes);
  const dayCount = rotation.unit === "week" ? rotation.every * 7 : rotation.every;
  const startOf = (shift: number): number =>
    rotation.unit === "hour"
      ? origin + shift * rotation.every * 3_600_000
      : zone.momentOf(addDays(startDay, shift * dayCount), minutes);
  const length = rotation.unit === "hour" ? rotation.every * 3_600_000 : dayCount * DAY_MS;
  // One before the estimate: daylight saving moves a hand-over by hours, never by a shift.
  let shift = Math.max(0, Math.floor((range.from - origin) / length) - 1);
  while (startOf(shift + 1) <= range.from) shift += 1;
  const found: Segment[] = [];
  for (let from = startOf(shift); from < range.to; ) {
    const to = startOf(shift + 1);
    const cut = { from: Math.max(from, range.from), to: Math.min(to, range.to) };
    const personId = people[shift % people.length] ?? null;
    if (cut.from < cut.to) found.push({ ...cut, personId, source: layer.name, overrideId: null });
    shift += 1;
    from = to;
  }
  return found;
}

function nobody(range: Range): Segment[] {
  return range.from < range.to ? [{ ...range, personId: null, source: "", overrideId: null }] : [];
}

/** Puts `upper` on top of `lower` wherever `where` lets it; what sticks out stays. */
function laidOver(
  lower: readonly Segment[],
  upper: readonly Segment[],
  where: (under: Segment) => boolean = () => true,
): Segment[] {
  let pieces = [...lower];
  for (const top of upper) {
    pieces = pieces.flatMap((under) => {
      const from = Math.max(under.from, top.from);
      const to = Math.min(under.to, top.to);
      if (from >= to || !where(under)) return [under];
      const parts: Segment[] = [];
      if (under.from < from) parts.push({ ...under, to: from });
      parts.push({ ...top, from, to });
      if (to < under.to) parts.push({ ...under, from: to });
      return parts;
    });
  }
  return pieces;
}

function merged(pieces: readonly Segment[]): Segment[] {
  const joined: Segment[] = [];
  for (const next of pieces) {
    const last = joined.at(-1);
    const same =
      last !== undefined &&
      last.to === next.from &&
      last.personId === next.personId &&
      last.source === next.source &&
      last.overrideId === next.overrideId;
    if (same) joined[joined.length - 1] = { ...last, to: next.to };
    else joined.push(next);
  }
  return joined;
}
