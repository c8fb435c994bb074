/** systems.test: GitHub, Jira and ServiceNow over servers that speak their protocols: two ways, pages, limits, lost answers, no loop. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openTestTickets, type TestTickets } from "./area.testing.ts";
import { type Kind, openStandIn, type StandIn } from "./stand-ins.testing.ts";

interface Words {
  readonly kind: Kind;
  readonly user: string;
  readonly place: string;
  /** Opened as, after contained, after resolved; and a word that says resolved to us when they write it. */
  readonly open: string;
  readonly resolved: string;
  readonly odd: string;
  readonly severity: readonly [ours: string, theirs: string, back: string];
}

const ALL: readonly Words[] = [
  {
    kind: "github",
    user: "",
    place: "acme/soc",
    open: "open",
    resolved: "closed",
    odd: "locked",
    severity: ["critical", "critical", "critical"],
  },
  {
    kind: "jira",
    user: "bot",
    place: "SOC",
    open: "In Progress",
    resolved: "Done",
    odd: "Blocked",
    severity: ["critical", "Highest", "critical"],
  },
  {
    kind: "servicenow",
    user: "bot",
    place: "incident",
    open: "2",
    resolved: "6",
    odd: "8",
    severity: ["medium", "2", "medium"],
  },
];

for (const words of ALL) {
  describe(words.kind, () => {
    let there: StandIn;
    let area: TestTickets;
    let system: string;
    before(async () => {
      there = await openStandIn(words.kind);
      area = await openTestTickets();
      system = await area.system({ kind: words.kind, url: there.url, place: words.place, user: words.user }, "token");
    });
    after(async () => {
      await area.close();
      await there.close();
    });
    const held = (id: string | null) => {
      const found = there.tickets.get(id ?? "");
      assert.ok(found, `no ticket ${id}`);
      return found;
    };

    test("goes both ways, field by field, and nothing comes back as news", async () => {
      await area.incident("one", { severity: words.severity[0] });
      let link = await area.link("one", system);
      if (words.kind === "jira") {
        // Opened where the workflow begins; what that means to us is open.
        assert.equal(held(link.ticket).status, "To Do");
        there.touch(link.ticket ?? "", { status: "In Progress" });
      }
      await area.comment("one", "first look done");
      link = await area.turn(system, "one");
      assert.deepEqual(
        [held(link.ticket).title, held(link.ticket).status, held(link.ticket).severity],
        ["Incident one", words.open, words.severity[1]],
      );
      assert.equal(held(link.ticket).comments.filter(({ text }) => text.startsWith("nora: first look done")).length, 1);

      there.touch(link.ticket ?? "", { title: "renamed there" });
      for (const text of ["a", "b", "c"]) there.say(link.ticket ?? "", text);
      await area.turn(system, "one");
      assert.equal((await area.incident("one")).title, "renamed there");
      assert.deepEqual(
        [...area.notes.values()].filter(({ title }) => title.startsWith("them in")).map(({ body }) => body),
        ["a", "b", "c"],
      );

      await area.incident("one", { state: "closed" });
      link = await area.turn(system, "one");
      assert.ok(held(link.ticket).status === words.resolved || words.kind === "servicenow");
      const [writes, taken] = [
        there.calls.filter((call) => !call.startsWith("GET") && !call.endsWith("/search")).length,
        area.taken.length,
      ];
      for (let turns = 0; turns < 3; turns += 1) {
        await area.incident("one");
        link = await area.turn(system, "one");
      }
      assert.equal(there.calls.filter((call) => !call.startsWith("GET") && !call.endsWith("/search")).length, writes);
      assert.equal(area.taken.length, taken);
      assert.equal((await area.incident("one")).state, "closed");
      assert.equal(link.problem, null);

      // Reopened there: reopened here.
      there.touch(link.ticket ?? "", { status: words.open });
      await area.turn(system, "one");
      assert.equal((await area.incident("one")).state, "open");
    });

    test("reads every page of what changed there", async () => {
      const ids = ["p1", "p2", "p3", "p4", "p5"];
      for (const id of ids) {
        await area.incident(id);
        const { ticket } = await area.link(id, system);
        there.touch(ticket ?? "", { title: `${id} there` });
      }
      await area.tickets.sync(system);
      for (const id of ids) assert.equal((await area.incident(id)).title, `${id} there`);
    });

    test("keeps to a limit, and makes up for it afterwards", async () => {
      await area.incident("p1", { title: "while limited" });
      there.fault = "limited";
      await area.tickets.sync(system);
      const { health, nextAt } = await area.health(system);
      assert.equal(health, "failing");
      assert.equal(Date.parse(nextAt ?? "") - area.clock.now(), 77_000);
      there.fault = "none";
      const link = await area.turn(system, "p1");
      assert.equal(held(link.ticket).title, "while limited");
      assert.equal((await area.health(system)).health, "ok");
    });

    test("an opening and a comment whose answers were lost are found again, not repeated", async () => {
      await area.incident("lost");
      there.fault = "lost";
      const before = there.tickets.size;
      let link = await area.link("lost", system);
      assert.equal(link.state, "creating");
      link = await area.turn(system, "lost");
      assert.equal(link.state, "linked");
      assert.equal(there.tickets.size, before + 1);
      await area.comment("lost", "said once");
      // A comment is a POST there, but for ServiceNow, where it is a change like any other.
      there.fault = words.kind === "servicenow" ? "none" : "lost";
      await area.turn(system, "lost");
      await area.turn(system, "lost");
      assert.equal(held(link.ticket).comments.filter(({ text }) => text.includes("said once")).length, 1);
    });

    test("shows a conflict and a word that no map has, and writes over neither", async () => {
      const link = await area.turn(system, "p2");
      there.touch(link.ticket ?? "", { title: "theirs", status: words.odd });
      await area.incident("p2", { title: "ours" });
      const torn = await area.turn(system, "p2");
      assert.deepEqual(
        torn.fields.map(({ field, state }) => `${field} ${state}`),
        ["severity same", "state unmapped", "title conflict"],
      );
      assert.deepEqual([held(link.ticket).title, held(link.ticket).status], ["theirs", words.odd]);
      await area.decide("p2", link.id, { field: "title", take: "theirs" });
      assert.equal((await area.incident("p2")).title, "theirs");
    });

    test("a ticket that is gone, and a wrong secret, are said and harm no other", async () => {
      await area.incident("ghost");
      const ghost = await area.link("ghost", system, words.kind === "jira" ? "SOC-777" : "777");
      assert.deepEqual([ghost.state, /404/.test(ghost.problem ?? "")], ["broken", true]);
      const other = await area.system(
        { kind: words.kind, name: "wrong", url: there.url, place: words.place, user: words.user },
        "guess",
      );
      await area.tickets.sync(other);
      assert.match((await area.health(other)).lastError ?? "", /401/);
      assert.equal((await area.turn(system, "p3")).problem, null);
    });
  });
}
