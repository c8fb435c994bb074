/** take-out-generated.test: generated sequences of signals, take-outs, put-backs, changes of keys, incidents and their splits, beside a small
 *  model: what every alert counts is exact after each step, what is listed of it is its own, and a take-out undone at once leaves every row as
 *  it was. HOLDFAST_TEST_ROUNDS sets the number of sequences; HOLDFAST_TEST_SEED the first of them. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { signalOf, START } from "./signals.testing.ts";
import { type Keys, Model, type ModelAlert, type ModelDecision, type ModelSignal } from "./take-out-model.testing.ts";
import { openTakeOut, type TakeOutArea } from "./take-out.testing.ts";

const ROUNDS = Number(process.env["HOLDFAST_TEST_ROUNDS"] ?? 2);
const SEED = Number(process.env["HOLDFAST_TEST_SEED"] ?? 1);
const STEPS = 24;
const HOSTS = ["web01", "web02", "web03", "web04"];
const USERS = ["ann", "ben", "cas"];
const KEYS: readonly Keys[] = [[], ["host"], ["user"], null];

let on: TakeOutArea;
before(async () => {
  on = await openTakeOut();
});
after(() => on.area.close());

test("whatever is done, every signal is counted once, and what is undone is as it was", async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const sequence = new Sequence(SEED + round);
    await on.area.clear();
    // The event store keeps the signals of the sequences before.
    await on.declare(sequence.rule, []);
    for (let step = 0; step < STEPS; step += 1) {
      const done = await sequence.step();
      await sequence.check(`seed ${SEED + round}, step ${step}: ${done}`);
    }
  }
});

class Sequence {
  private readonly model = new Model();
  private readonly below: (most: number) => number;
  private readonly seed: number;
  readonly rule: string;
  private minute = 0;
  private made = 0;

  constructor(seed: number) {
    this.seed = seed;
    this.rule = `r${seed}`;
    this.below = random(seed);
  }

  async step(): Promise<string> {
    const kind = this.below(20);
    if (this.made < 6 || kind < 6) return this.signals();
    if (kind < 11) return this.takeGroup();
    if (kind < 12) return this.takeSingle();
    if (kind < 16) return this.putBack();
    if (kind < 17) return this.changeKeys();
    return this.incident();
  }

  async check(where: string): Promise<void> {
    const { rows } = await on.area.store.tables.db.execute<{
      id: string;
      count: string;
      first_seen: string;
      last_seen: string;
    }>("select id, count, first_seen, last_seen from alert where put_back_into is null");
    const known = new Map(this.model.alerts.filter(({ putBack }) => !putBack).map((alert) => [alert.id, alert]));
    assert.equal(rows.length, known.size, where);
    for (const row of rows) {
      const alert = known.get(row.id) ?? assert.fail(`${where}: ${row.id} is not known`);
      const times = [row.first_seen, row.last_seen].map((at) => (Number(at) - START) / 60_000);
      assert.deepEqual([Number(row.count), ...times], [alert.members.length, alert.first, alert.last], where);
      await this.checkListed(alert, where);
    }
    assert.equal(await on.sum(), this.made, where);
    for (const incident of await on.area.incidents({ state: "open,contained" })) {
      const { items } = await on.area.list({ incident: incident.id, state: "new,acknowledged,closed" });
      assert.equal(
        incident.signals,
        items.reduce((sum, { count }) => sum + count, 0),
        where,
      );
    }
  }

  /** What is listed is its own; and where nothing else could have taken it, it is all. */
  private async checkListed(alert: ModelAlert, where: string): Promise<void> {
    const own = new Map(alert.members.map((signal) => [signal.id, signal]));
    const { items, total } = await on.signals(alert.id, { limit: 1000 });
    for (const { id } of items) assert.ok(own.has(id), `${where}: ${id} is listed in ${alert.id}`);
    const { stored, groups, missing } = await on.groups(alert.id, ["host"]);
    assert.equal(
      groups.reduce((sum, { count }) => sum + count, 0),
      stored,
      where,
    );
    assert.deepEqual([total, missing === ""], [stored, stored === own.size], where);
    if (this.keysChanged === 0) assert.equal(stored, own.size, `${where}: all of ${alert.id} is listed`);
  }

  private keysChanged = 0;

  private async signals(): Promise<string> {
    const given: ModelSignal[] = [];
    for (let left = 1 + this.below(5); left > 0; left -= 1) {
      this.made += 1;
      this.minute += this.below(20) === 0 ? 90 : 1 + this.below(4);
      const id = `s${String(this.made).padStart(8, "0")}${this.rule}`;
      given.push({ id, minute: this.minute, host: this.one(HOSTS), user: this.one(USERS) });
    }
    const { raised } = await on.take(
      given.map(({ minute, host, user }, index) => {
        const n = this.made - given.length + 1 + index;
        const signal = signalOf({ n, minute, host, user, level: "low", rule: this.rule });
        return { ...signal, eventId: String(7_711_212_771_756_474_368n + BigInt(n)) };
      }),
    );
    const alerts = this.model.take(given);
    assert.equal(raised.length, alerts.length, `seed ${this.seed}: alerts raised`);
    for (const [index, alert] of alerts.entries()) alert.id = raised[index] ?? "";
    return `${given.length} signals`;
  }

  private async takeGroup(): Promise<string> {
    const kind = this.below(3) === 0 ? "user" : "host";
    const valuesOf = (alert: ModelAlert): string[] => [...new Set(alert.members.map((signal) => signal[kind]))];
    const standing = this.model.alerts.filter(({ putBack }) => !putBack);
    const mixed = standing.filter((alert) => valuesOf(alert).length > 1);
    const from = this.one(mixed.length > 0 ? mixed : standing);
    const values = valuesOf(from).slice(0, 1 + this.below(2));
    const groups = values.map((value) => [{ kind, value }]);
    const { stored, count } = await on.groups(from.id, [kind]);
    if (stored < count) return "nothing: not all of it is surely its own";
    const was = await on.rowsOf(from.id);
    const what = { kind: "groups", groups, together: true };
    if (from.members.every((signal) => values.includes(signal[kind]))) {
      await assert.rejects(on.takeOut(from.id, what));
      return "refused to take all";
    }
    if (this.below(3) === 0) {
      const { taken } = await on.takeOut(from.id, what);
      await on.putBack(taken[0]?.id ?? "");
      assert.deepEqual(await on.rowsOf(from.id), was, `seed ${this.seed}: undone at once`);
      const to = this.model.takeOut(from, (signal) => values.includes(signal[kind]), {
        kind: this.listed(from) ? null : kind,
        values,
      });
      to.id = taken[0]?.id ?? "";
      this.model.putBack(this.model.decisions.find((one) => one.to === to) as ModelDecision);
      return `took ${kind} ${values.join()} out of ${from.id} and back`;
    }
    const { taken } = await on.takeOut(from.id, what);
    const to = this.model.takeOut(from, (signal) => values.includes(signal[kind]), {
      kind: this.listed(from) ? null : kind,
      values,
    });
    to.id = taken[0]?.id ?? "";
    return `took ${kind} ${values.join()} out of ${from.id}`;
  }

  private async takeSingle(): Promise<string> {
    const from = this.one(this.model.alerts.filter(({ putBack }) => !putBack));
    const { items } = await on.signals(from.id, { limit: 1000 });
    const ids = items.map(({ id }) => id).filter(() => this.below(3) === 0);
    if (ids.length === 0 || ids.length >= from.members.length) return "nothing to take one by one";
    const { taken } = await on.takeOut(from.id, { kind: "signals", ids });
    const to = this.model.takeOut(from, ({ id }) => ids.includes(id), { kind: null, values: [] });
    to.id = taken[0]?.id ?? "";
    return `took ${ids.length} out of ${from.id} one by one`;
  }

  private async putBack(): Promise<string> {
    const standing = this.model.decisions.filter((decision) => decision.standing);
    if (standing.length === 0) return "nothing to put back";
    const decision = this.one(standing);
    try {
      await on.putBack(decision.to.id);
    } catch (error) {
      assert.equal((error as { code?: string }).code, "TRIAGE_TAKE_REFUSED");
      return "refused to put back";
    }
    this.model.putBack(decision);
    return `put ${decision.to.id} back`;
  }

  private async changeKeys(): Promise<string> {
    this.keysChanged += 1;
    this.model.keys = this.one(KEYS);
    await on.declare(this.rule, this.model.keys);
    return `keys ${JSON.stringify(this.model.keys)}`;
  }

  private async incident(): Promise<string> {
    const { triage, nora, incidents } = on.area;
    const { items } = await on.area.list({ incident: "none" });
    const [open] = await incidents({ state: "open" });
    if (open !== undefined && open.alerts > 1) {
      const { members } = await on.area.incident(open.id);
      const body = { alertIds: [members[0]?.alert.id ?? ""], title: "Apart", reason: "" };
      const { split } = await triage.routes.splitIncident({ params: { id: open.id }, query: {}, body }, nora);
      if (this.below(2) === 0)
        await triage.routes.unsplitIncident({ params: { id: split.id }, query: {}, body: {} }, nora);
      return "split an incident";
    }
    if (items.length === 0) return "no incident";
    const body = { title: "Together", alertIds: items.slice(0, 2).map(({ id }) => id) };
    await triage.routes.createIncident({ params: {}, query: {}, body }, nora);
    return "opened an incident";
  }

  private listed(alert: ModelAlert): boolean {
    return this.model.decisions.some(({ to, kind }) => to === alert && kind === null);
  }

  private one<T>(of: readonly T[]): T {
    return of[this.below(of.length)] as T;
  }
}

function random(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 1_013_904_223) >>> 0;
    return Math.floor(((state ^ (state >>> 13)) >>> 0) % below);
  };
}
