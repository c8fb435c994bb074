/** policy-routes: policies with their findings, contact methods, the simulator and the targets of the clocks. */
import { randomUUID } from "node:crypto";
import type { oncallRoutes } from "@holdfast/contracts/oncall";
import type { ContactMethod, Policy, PolicyBody } from "@holdfast/contracts/oncall-model";
import type { CallContext, Handlers } from "../platform/http-contract.ts";
import type { Transaction } from "../platform/tables/index.ts";
import { hookUse } from "./answers.ts";
import { readTargets, writeTargets } from "./clock-store.ts";
import { DEFAULT_TARGETS } from "./clocks.ts";
import { fail } from "./errors.ts";
import { policyInUse } from "./escalation-store.ts";
import { lintPolicy } from "./lint.ts";
import type { OncallOptions } from "./port.ts";
import { policyFor } from "./policy.ts";
import { readRoster } from "./roster.ts";
import * as store from "./roster-store.ts";
import { demandPerson, demandZone, iso, taken } from "./schedule-routes.ts";
import { simulate } from "./simulate.ts";

type Routes = typeof oncallRoutes;
type Names =
  | "listPolicies"
  | "createPolicy"
  | "savePolicy"
  | "deletePolicy"
  | "simulate"
  | "getContacts"
  | "saveOwnContacts"
  | "saveContacts"
  | "getSla"
  | "saveSla"
  | "saveHook";

export function createPolicyRoutes(options: OncallOptions): Pick<Handlers<Routes>, Names> {
  const { tables, clock } = options;
  const { db } = tables;
  const views = async (): Promise<Policy[]> => {
    const policies = await store.readPolicies(db);
    const roster = await readRoster(options, db, clock.now());
    return policies.map(({ updatedAt, ...policy }) => ({
      ...policy,
      findings: lintPolicy(policy, { roster, policies, now: clock.now() }),
      updatedAt: iso(updatedAt),
    }));
  };
  const one = async (id: string): Promise<Policy> => {
    const found = (await views()).find((policy) => policy.id === id);
    if (found === undefined) throw fail("ONCALL_POLICY_UNKNOWN", `There is no escalation policy with the id "${id}".`);
    return found;
  };
  const changed = (
    context: CallContext,
    entry: { action: string; target: string; details: Record<string, unknown> },
    work: (tx: Transaction) => Promise<void>,
  ): Promise<void> =>
    tables.transaction(async (tx) => {
      await work(tx);
      await tables.notify(tx, "oncall.changed", { incidentId: null });
      await options.audit.append(tx, { actor: context.actor, ...entry });
    });
  const save = async (context: CallContext, id: string, body: PolicyBody): Promise<Policy> => {
    for (const { when } of body.steps) if (when !== null) demandZone(when.timeZone);
    const details = { name: body.name, steps: body.steps.length };
    await changed(context, { action: "oncall.policy.saved", target: id, details }, async (tx) => {
      if (!(await store.writePolicy(tx, { id, body, now: clock.now() }))) throw taken("policy", body.name);
    });
    return one(id);
  };
  const contactsOf = async (id: string) => {
    const known = new Map((await options.people()).map((person) => [person.id, person]));
    const person = demandPerson(known, id);
    return { person: { id: person.id, name: person.name }, methods: (await store.readContacts(db)).get(id) ?? [] };
  };
  const saveContacts = async (context: CallContext, id: string, methods: readonly ContactMethod[]) => {
    await contactsOf(id);
    const channels = new Map((await options.channels()).map((channel) => [channel.id, channel]));
    for (const { kind, connectorId, to, quiet } of methods) {
      if (quiet !== null) demandZone(quiet.timeZone);
      if (kind === "browser") continue;
      const channel = channels.get(connectorId ?? "");
      if (channel === undefined || channel.kind !== kind) {
        throw fail(
          "ONCALL_CHANNEL_UNKNOWN",
          `There is no ${kind} connector for "${to}": add one under Settings, or choose another.`,
        );
      }
    }
    const details = { methods: methods.map(({ kind }) => kind) };
    await changed(context, { action: "oncall.contacts.saved", target: id, details }, (tx) =>
      store.writeContacts(tx, id, methods),
    );
    return contactsOf(id);
  };
  const targets = async () => (await readTargets(db)) ?? { version: 0, targets: [...DEFAULT_TARGETS] };

  return {
    listPolicies: async () => ({ items: await views() }),
    createPolicy: ({ body }, context) => save(context, randomUUID(), body),
    savePolicy: async ({ params, body }, context) => {
      await one(params.id);
      return save(context, params.id, body);
    },
    deletePolicy: async ({ params }, context) => {
      const { name } = await one(params.id);
      await changed(context, { action: "oncall.policy.deleted", target: params.id, details: { name } }, async (tx) => {
        if (await policyInUse(tx, params.id)) {
          throw fail("ONCALL_IN_USE", `"${name}" is paging for an incident just now: answer there first.`);
        }
        await store.deletePolicy(tx, params.id);
      });
      return {};
    },
    simulate: async ({ query }) => {
      const at = query.at === undefined ? clock.now() : Date.parse(query.at);
      const services = query.service === undefined ? [] : await options.servicesOf([query.service]);
      const subject = { severity: query.severity, services };
      const policies = await store.readPolicies(db);
      const policy =
        query.policy === undefined ? policyFor(policies, subject) : policies.find(({ id }) => id === query.policy);
      if (policy === undefined) {
        const why =
          policies.length === 0
            ? "There is no escalation policy: nobody would be paged."
            : `No policy opens for an incident that is ${query.severity}${query.service === undefined ? "" : ` on ${query.service}`}: nobody would be paged.`;
        return { policy: null, why, steps: [] };
      }
      const roster = await readRoster(options, db, at);
      const why =
        query.policy === undefined ? `"${policy.name}" is the first policy that opens for it.` : "Chosen by hand.";
      return { policy: { id: policy.id, name: policy.name }, why, steps: simulate(policy, roster, { subject, at }) };
    },
    getContacts: ({ params }, context) => contactsOf(params.id === "me" ? context.actor.id : params.id),
    saveOwnContacts: ({ body }, context) => saveContacts(context, context.actor.id, body.methods),
    saveContacts: ({ params, body }, context) => saveContacts(context, params.id, body.methods),
    getSla: targets,
    saveSla: async ({ body }, context) => {
      await changed(
        context,
        { action: "oncall.sla.saved", target: "sla", details: { version: body.version + 1 } },
        async (tx) => {
          if (!(await writeTargets(tx, body))) {
            throw fail(
              "ONCALL_VERSION_CONFLICT",
              "Somebody else saved these times since you opened them: reload, and change them again.",
            );
          }
        },
      );
      return targets();
    },
    saveHook: async ({ params, body }, context) => {
      const sealed = options.sealer.seal(body.secret, hookUse(params.kind));
      await changed(context, { action: "oncall.hook.saved", target: params.kind, details: {} }, (tx) =>
        store.writeHook(tx, params.kind, sealed),
      );
      return {};
    },
  };
}
