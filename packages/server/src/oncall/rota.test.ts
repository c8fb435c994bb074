/** rota.test: who is on call, over zones and both changes of the clocks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Layer } from "@holdfast/contracts/oncall-model";
import fc from "fast-check";
import { gapsOf, onCallAt, type Override, segmentsOf } from "./rota.ts";
import { addDays, DAY_MS, dayFrom, minutesOf, openZone } from "./zone.ts";

const at = (text: string): number => Date.parse(text);
const layer = (given: Partial<Layer>): Layer => ({
  name: "base",
  people: ["ann", "ben"],
  start: "2026-01-05",
  handOver: "09:00",
  rotation: { unit: "week", every: 1 },
  hours: [],
  ...given,
});
const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Pacific/Apia",
  "Africa/Cairo",
];

test("a day with a change of the clocks has 23 or 25 hours, and the hand-over keeps its local time", () => {
  const berlin = {
    timeZone: "Europe/Berlin",
    layers: [layer({ start: "2026-03-27", rotation: { unit: "day", every: 1 } })],
  };
  const spring = segmentsOf(berlin, [], { from: at("2026-03-27T00:00Z"), to: at("2026-03-31T00:00Z") });
  assert.deepEqual(
    spring.map(({ from, personId }) => [new Date(from).toISOString().slice(0, 16), personId]),
    [
      ["2026-03-27T00:00", null],
      ["2026-03-27T08:00", "ann"],
      ["2026-03-28T08:00", "ben"],
      ["2026-03-29T07:00", "ann"],
      ["2026-03-30T07:00", "ben"],
    ],
  );
  const autumn = segmentsOf(berlin, [], { from: at("2026-10-24T07:00Z"), to: at("2026-10-26T08:00Z") });
  assert.deepEqual(
    autumn.map(({ from, to }) => (to - from) / 3_600_000),
    [25, 24],
  );
});

test("a hand-over in the hour that is skipped comes after it, one in the hour that is doubled comes the first time", () => {
  const berlin = openZone("Europe/Berlin");
  assert.ok(berlin);
  assert.equal(berlin.momentOf(dayFrom("2026-03-29"), minutesOf("02:30")), at("2026-03-29T01:30Z"));
  assert.equal(berlin.momentOf(dayFrom("2026-10-25"), minutesOf("02:30")), at("2026-10-25T00:30Z"));
  const howe = openZone("Australia/Lord_Howe");
  assert.equal(howe?.momentOf(dayFrom("2026-10-04"), minutesOf("02:15")), at("2026-10-03T15:45Z"));
  assert.equal(openZone("Mars/Olympus"), undefined);
});

test("an upper layer, an override and a swap stand above what is below them, and give it back", () => {
  const night = layer({
    name: "night",
    people: ["cas"],
    hours: [{ days: [1, 2, 3, 4, 5, 6, 7], from: "22:00", to: "06:00" }],
  });
  const schedule = { timeZone: "UTC", layers: [layer({}), night] };
  const range = { from: at("2026-01-06T00:00Z"), to: at("2026-01-07T00:00Z") };
  const over: Override = {
    id: "o1",
    from: at("2026-01-06T05:00Z"),
    to: at("2026-01-06T07:00Z"),
    personId: "dot",
    coversId: null,
  };
  const only: Override = { id: "o2", from: range.from, to: range.to, personId: "eve", coversId: "cas" };
  const said = (overrides: Override[]) =>
    segmentsOf(schedule, overrides, range).map((one) => `${new Date(one.from).getUTCHours()} ${one.personId}`);
  assert.deepEqual(said([]), ["0 cas", "6 ann", "22 cas"]);
  assert.deepEqual(said([over]), ["0 cas", "5 dot", "7 ann", "22 cas"]);
  assert.deepEqual(said([over, only]), ["0 eve", "5 dot", "7 ann", "22 eve"]);
});

test("a layer of office hours leaves gaps, and they are found", () => {
  const office = layer({ hours: [{ days: [1, 2, 3, 4, 5], from: "09:00", to: "17:00" }] });
  const schedule = { timeZone: "America/New_York", layers: [office] };
  const segments = segmentsOf(schedule, [], { from: at("2026-06-05T16:00Z"), to: at("2026-06-08T14:00Z") });
  assert.deepEqual(gapsOf(segments), [{ from: at("2026-06-05T21:00Z"), to: at("2026-06-08T13:00Z") }]);
});

const anyLayer = fc.record({
  name: fc.constantFrom("one", "two"),
  people: fc.uniqueArray(fc.constantFrom("ann", "ben", "cas", "dot"), { minLength: 1 }),
  start: fc.constantFrom("2025-12-30", "2026-03-28", "2026-10-24", "2026-11-01"),
  handOver: fc.constantFrom("00:00", "01:30", "02:15", "02:30", "09:00", "23:59"),
  rotation: fc.record({
    unit: fc.constantFrom("hour" as const, "day" as const, "week" as const),
    every: fc.integer({ min: 1, max: 9 }),
  }),
  hours: fc.array(
    fc.record({
      days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
      from: fc.constantFrom("00:00", "02:30", "08:00", "22:00"),
      to: fc.constantFrom("00:00", "02:30", "06:00", "18:00"),
    }),
    { maxLength: 2 },
  ),
});
const EDGES = [
  "2026-03-08T05:00Z",
  "2026-03-28T20:00Z",
  "2026-04-04T12:00Z",
  "2026-10-03T12:00Z",
  "2026-10-24T20:00Z",
  "2026-11-01T04:00Z",
];
const anySchedule = fc.record({
  timeZone: fc.constantFrom(...ZONES),
  layers: fc.array(anyLayer, { minLength: 1, maxLength: 3 }),
});
const anyRange = fc
  .tuple(fc.constantFrom(...EDGES), fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 400 }))
  .map(([edge, shift, hours]) => ({
    from: at(edge) + shift * 1_800_000,
    to: at(edge) + shift * 1_800_000 + hours * 1_200_000,
  }));
const anyOverrides = fc.array(
  fc
    .record({
      id: fc.uuid(),
      from: fc.constantFrom(...EDGES).map(at),
      length: fc.integer({ min: 1, max: 72 }),
      personId: fc.constantFrom("dot", "eve"),
      coversId: fc.constantFrom(null, "ann", "ben"),
    })
    .map(({ length, ...one }) => ({ ...one, to: one.from + length * 3_600_000 })),
  { maxLength: 3 },
);

test("segments cover the range exactly, and each moment of them is what is asked for one by one", () => {
  fc.assert(
    fc.property(anySchedule, anyOverrides, anyRange, (schedule, overrides, range) => {
      const segments = segmentsOf(schedule, overrides, range);
      assert.equal(segments[0]?.from, range.from);
      assert.equal(segments.at(-1)?.to, range.to);
      for (const [at, one] of segments.entries()) {
        assert.ok(one.from < one.to);
        if (at > 0) assert.equal(segments[at - 1]?.to, one.from);
        for (const moment of [one.from, one.to - 1, Math.floor((one.from + one.to) / 2)])
          assert.equal(onCallAt(schedule, overrides, moment)?.personId ?? null, one.personId);
      }
    }),
    { numRuns: 60 },
  );
});

test("whoever hands over by the day does so at the local time, except where the clocks skip it", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      fc.constantFrom(...EDGES),
      fc.constantFrom("00:00", "02:15", "02:30", "03:10", "12:00"),
      (timeZone, edge, handOver) => {
        const zone = openZone(timeZone);
        assert.ok(zone);
        const daily = layer({ start: "2026-01-01", handOver, rotation: { unit: "day", every: 1 } });
        const range = { from: at(edge) - 3 * DAY_MS, to: at(edge) + 3 * DAY_MS };
        const segments = segmentsOf({ timeZone, layers: [daily] }, [], range);
        for (const { from } of segments.slice(1)) {
          const local = new Date(from + zone.offsetAt(from)).toISOString().slice(11, 16);
          const skipped = zone.offsetAt(from) !== zone.offsetAt(from - 3 * 3_600_000);
          if (!skipped) assert.equal(local, handOver);
          assert.ok(from - zone.momentOf(zone.dayOf(from), minutesOf(handOver)) === 0 || skipped);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("the moment of a local time reads that time, or lies right behind a gap", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      fc.integer({ min: 0, max: 900 }),
      fc.integer({ min: 0, max: 1439 }),
      (name, days, minutes) => {
        const zone = openZone(name);
        assert.ok(zone);
        const day = addDays(dayFrom("2025-01-01"), days);
        const moment = zone.momentOf(day, minutes);
        const read = Math.round(((((moment + zone.offsetAt(moment)) % DAY_MS) + DAY_MS) % DAY_MS) / 60_000);
        if (read !== minutes) assert.notEqual(zone.offsetAt(moment - 3 * 3_600_000), zone.offsetAt(moment));
        // Never the second of two: an hour before it, the clock must not read the same.
        for (const back of [1_800_000, 3_600_000])
          assert.notEqual(moment - back + zone.offsetAt(moment - back), moment + zone.offsetAt(moment));
      },
    ),
    { numRuns: 500 },
  );
});
