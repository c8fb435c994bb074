/** values.test: what a run is given fits its variables, or is refused; a command for one system goes to no other; and of two who write
 *  at one playbook neither loses what the other saved. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openTestTables, type TestTables } from "../platform/tables/testing.ts";
import { sql } from "drizzle-orm";
import { callOf } from "./dispatch.ts";
import { ana, openTriggerArea, TEST_INCIDENTS, type TriggerArea } from "./triggers.testing.ts";

let store: TestTables;
let area: TriggerArea;
before(async () => {
  store = await openTestTables();
  await store.tables.db.execute(sql.raw(TEST_INCIDENTS));
  area = await openTriggerArea(store);
});
after(async () => {
  await area.close();
  await store.close();
});

const TEXT = `id: typed
name: Typed
variables:
  n: { type: integer, value: 1 }
  host: { type: string, required: true }
start: ask
steps:
  ask: { manual: "How often?", ask: [n], next: many }
  many: { if: n > 2, then: more, next: last }
  more: { manual: more than two }
  last: { manual: last }
`;
const given = (params: { id: string }, body: object) => ({ params, query: {}, body }) as never;
const routes = () => area.playbooks.routes;

async function start(variables: Record<string, unknown>): Promise<string> {
  return (await routes().runPlaybook(given({ id: "typed" }, { incidentId: null, variables }), ana)).id;
}

async function waiting(id: string, instance: string): Promise<Record<string, unknown>> {
  for (let look = 0; look < 200; look += 1) {
    const { steps, variables } = await routes().getRun(given({ id }, {}), ana);
    if (steps.some((step) => step.instance === instance && step.state === "waiting")) return variables;
    await new Promise((next) => setTimeout(next, 50));
  }
  return assert.fail(`${instance} never waited`);
}

test("values have the type that their variable says, from a form as well as from a person's answer", async () => {
  await routes().createPlaybook({ params: {}, query: {}, body: { text: TEXT } }, ana);
  await routes().publishPlaybook(given({ id: "typed" }, {}), ana);
  const wrong = { code: "PLAYBOOKS_VARIABLE_WRONG" };
  await assert.rejects(start({ host: "web-1", n: "three" }), wrong);
  await assert.rejects(start({ host: "web-1", hots: "web-1" }), { ...wrong, message: /no variable hots/ });
  const id = await start({ host: "web-1", n: "2" });
  assert.deepEqual(await waiting(id, "ask.1"), { n: 2, host: "web-1" });
  const answer = (n: string) =>
    routes().decideStep(
      { params: { id, instance: "ask.1" }, query: {}, body: { decision: "done", reason: "", variables: { n } } },
      ana,
    );
  await assert.rejects(answer("many"), wrong);
  await answer("3");
  assert.equal((await waiting(id, "more.1"))["n"], 3);
});

test("of two who write at one playbook the second is told, and publishes nothing that they have not seen", async () => {
  const bo = { ...ana, actor: { ...ana.actor, id: "bo", name: "Bo" } };
  const { mark } = await routes().getPlaybook(given({ id: "typed" }, {}), ana);
  const save = (name: string, base: string | undefined, who = ana) =>
    routes().savePlaybook(given({ id: "typed" }, { text: TEXT.replace("name: Typed", `name: ${name}`), base }), who);
  const first = await save("First", mark, bo);
  await assert.rejects(save("Second", mark), { code: "PLAYBOOKS_CHANGED", message: /^Bo saved "First"/ });
  await assert.rejects(routes().publishPlaybook(given({ id: "typed" }, { base: mark }), ana), {
    code: "PLAYBOOKS_CHANGED",
  });
  const second = await save("Second", first.mark);
  assert.equal((await save("By a program", undefined)).name, "By a program");
  await assert.rejects(save("Late", second.mark), { code: "PLAYBOOKS_CHANGED" });
});

test("a command whose target names a system goes to the connector that speaks to it, or to nobody", async () => {
  const connectors = (hosts: readonly string[]) => ({
    actions: () => [{ name: "http-request", title: "HTTP request", connectors: ["http"] } as never],
    list: async () =>
      hosts.map((host) => ({ id: host, kind: "http", enabled: true, settings: { url: `https://${host}/api` } })),
    plan: async () => ({ ok: false, reason: "" }) as const,
  });
  const task = (address: Record<string, string[]>) => ({
    ...{ kind: "command" as const, instance: "a.1", step: "a", title: "a", reason: "" },
    command: { type: "http-api", command: "GET /users HTTP/1.1" },
    target: { type: "http-api", name: "t", address },
  });
  const chosen = async (hosts: string[], address: Record<string, string[]>): Promise<string> => {
    const call = await callOf(connectors(hosts), task(address));
    return "reason" in call ? call.reason : call.connectorId;
  };
  assert.equal(await chosen(["a.example", "b.example"], { dname: ["b.example"] }), "b.example");
  assert.equal(await chosen(["a.example", "b.example"], { url: ["https://A.example/x"] }), "a.example");
  assert.match(await chosen(["a.example"], { dname: ["b.example"] }), /meant for b\.example, and no connector speaks/);
  assert.equal(await chosen(["a.example"], {}), "a.example");
});

test("a command whose SSH target names a port goes to the host that answers at it, or to a person", async () => {
  const key = `SHA256:${"A".repeat(43)}`;
  const connectors = (hosts: Readonly<Record<string, string>>) => ({
    actions: () => [{ name: "run-ssh-command", title: "Run command", connectors: ["ssh-host"] } as never],
    list: async () =>
      Object.entries(hosts).map(([id, line]) => ({
        id,
        kind: "ssh-host",
        enabled: true,
        settings: { hosts: [`${line} ${key}`] },
      })),
    plan: async () => ({ ok: false, reason: "" }) as const,
  });
  const chosen = async (hosts: Readonly<Record<string, string>>, port: unknown): Promise<string> => {
    const call = await callOf(connectors(hosts), {
      ...{ kind: "command" as const, instance: "a.1", step: "a", title: "a", reason: "" },
      command: { type: "ssh", command: "uptime" },
      target: { type: "ssh", name: "t", address: { dname: ["web-01.example.org"] }, port: port as never },
    });
    return "reason" in call ? call.reason : call.connectorId;
  };
  const usual = { usual: "web-01 10.0.0.7" };
  const both = { ...usual, other: "web-01 10.0.0.7:2222", six: "web-01 [2001:db8::7]:22022" };
  assert.equal(await chosen(usual, undefined), "usual");
  assert.equal(await chosen(usual, "22"), "usual");
  assert.equal(await chosen(both, "2222"), "other");
  assert.equal(await chosen(both, 22022), "six");
  assert.match(await chosen(usual, "2222"), /meant for web-01\.example\.org, port 2222, and no connector speaks/);
  assert.match(await chosen(usual, "ssh"), /names the port "ssh", which is none/);
  assert.match(await chosen(usual, "70000"), /names the port "70000"/);
});
