/** rt.test: two-way with a real Request Tracker 5, and an outage in the middle. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestTickets } from "./area.testing.ts";
import { openRt, rtMissing } from "./rt-server.testing.ts";

const missing = rtMissing();
const seconds = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_100));

test("an incident and a ticket of Request Tracker stay in step, over an outage, without a loop", {
  skip: missing ?? false,
}, async () => {
  const rt = await openRt();
  const area = await openTestTickets();
  try {
    const system = await area.system({ kind: "rt", url: rt.url, place: "General", user: "root" }, "password");
    await area.incident("one", { title: "Zugriff auf fin-db-2 – 'Ärger'", severity: "critical" });
    const opened = await area.link("one", system);
    assert.equal(opened.problem, null);
    assert.deepEqual(
      opened.fields.map(({ field, state }) => `${field} ${state}`),
      ["severity same", "state same", "title same"],
    );
    const ticket = `/ticket/${opened.ticket}`;
    const theirs = async () => {
      const { Subject, Status, Priority } = (await rt.ask("GET", ticket)) as Record<string, string>;
      return [Subject, Status, Priority];
    };
    assert.deepEqual(await theirs(), ["Zugriff auf fin-db-2 – 'Ärger'", "open", "90"]);

    // Out and in, fields and comments.
    await area.incident("one", { state: "contained" });
    await area.comment("one", "isolated fin-db-2");
    await area.turn(system, "one");
    assert.equal((await theirs())[1], "stalled");
    await rt.ask("PUT", ticket, { Priority: 50, Subject: "fin-db-2: renamed there" });
    await rt.ask("POST", `${ticket}/comment`, { Content: "network team is on it", ContentType: "text/plain" });
    await area.turn(system, "one");
    const ours = await area.incident("one");
    assert.deepEqual([ours.title, ours.severity, ours.state], ["fin-db-2: renamed there", "medium", "contained"]);
    assert.ok(
      [...area.notes.values()].some(
        ({ title, body }) => title === "root in rt" && body.includes("network team is on it"),
      ),
    );

    // No echo: nothing moves when nobody changes anything.
    const history = async () => ((await rt.ask("GET", `${ticket}/history?per_page=100`)) as { total: number }).total;
    const [before, takenBefore] = [await history(), area.taken.length];
    await seconds();
    for (let turns = 0; turns < 3; turns += 1) await area.turn(system, "one");
    assert.deepEqual([await history(), area.taken.length], [before, takenBefore]);

    // The outage: both sides go on working.
    await rt.stop();
    await area.incident("one", { state: "resolved" });
    await area.comment("one", "cleaned up");
    await area.incident("two", { title: "Opened while it was away" });
    await area.link("two", system);
    const away = await area.turn(system, "one");
    assert.match(away.problem ?? "", /refused|unreachable|ECONNREFUSED/i);
    assert.equal((await area.health(system)).health, "failing");
    await rt.start();
    await rt.ask("POST", `${ticket}/correspond`, { Content: "patched meanwhile", ContentType: "text/plain" });
    await rt.ask("PUT", ticket, { Status: "stalled", Priority: 70 });
    await area.turn(system, "one");
    const after = await area.turn(system, "one");
    assert.equal(after.problem, null);
    assert.deepEqual(await theirs(), ["fin-db-2: renamed there", "resolved", "70"]);
    const caughtUp = await area.incident("one");
    assert.deepEqual([caughtUp.severity, caughtUp.state], ["high", "resolved"]);
    assert.equal((await area.turn(system, "two")).state, "linked");
    const found = (await rt.ask(
      "GET",
      `/tickets?query=${encodeURIComponent("Subject = 'Opened while it was away'")}`,
    )) as { total: number };
    assert.equal(found.total, 1);
    const said = [...area.notes.values()].filter(({ title }) => title === "root in rt").map(({ body }) => body.trim());
    assert.deepEqual(said, ["network team is on it", "patched meanwhile"]);

    // Reopening there reopens here, not another ticket.
    await seconds();
    await rt.ask("PUT", ticket, { Status: "open" });
    await area.turn(system, "one");
    assert.equal((await area.incident("one")).state, "open");

    // Both changed the same field: shown, and nothing is written until a person decides.
    await rt.ask("PUT", ticket, { Subject: "theirs" });
    await area.incident("one", { title: "ours" });
    const torn = await area.turn(system, "one");
    assert.deepEqual(
      torn.fields.filter(({ state }) => state === "conflict").map(({ field, ours: a, theirs: b }) => [field, a, b]),
      [["title", "ours", "theirs"]],
    );
    assert.equal((await theirs())[0], "theirs");
    await area.decide("one", torn.id, { field: "title", take: "ours" });
    assert.equal((await theirs())[0], "ours");

    // A word that no map has is said, and neither followed nor written over.
    await rt.ask("PUT", ticket, { Status: "rejected" });
    const unmapped = await area.turn(system, "one");
    assert.match(unmapped.fields.find(({ field }) => field === "state")?.note ?? "", /"rejected" in rt has no meaning/);
    assert.deepEqual([(await theirs())[1], (await area.incident("one")).state], ["rejected", "open"]);
  } finally {
    await area.close();
    await rt.close();
  }
});
