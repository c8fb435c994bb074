/** outside.testing: a far side for tests: hosts that can be isolated, with a count of how often each was, and a will of its own
 *  (refuse, say nothing, act and then say nothing, be undone by hand). */
import type { JsonObject } from "@holdfast/sdk";
import type { Call, Connectors, Outcome } from "./port.ts";

export type Mood = "well" | "refuses" | "busy" | "acts-silently" | "silent" | "lies";

export interface FakeOutside extends Connectors {
  readonly held: Set<string>;
  /** Every effect that took place, in order: "isolate web-1", "release web-1". */
  readonly acts: string[];
  /** How often an action may go out in an hour. */
  readonly hourly: Map<string, number>;
  mood: Mood;
  undoMood: Mood;
  /** Called before it acts; tests crash or wait here. */
  before: (what: "perform" | "undo", call: Call) => Promise<void>;
}

const ESTATE = `
teams:
  - { id: netops, name: Network operations, kind: operations }
  - { id: soc, name: Security operations, kind: security }
services:
  - { id: shop, name: Shop, owner: netops, criticality: 4, exposure: internet, assets: [web-1, web-2] }
  - { id: siem, name: Log store, owner: soc, criticality: 3, exposure: internal, assets: [log-1] }
assets:
  - { name: web-1, owner: netops, kind: server, criticality: 4, exposure: internet }
  - { name: web-2, owner: netops, kind: server, criticality: 4, exposure: internet }
  - { name: log-1, owner: netops, kind: server, criticality: 3, exposure: internal }
  - { name: dc-1, owner: netops, kind: domain-controller, criticality: 5, exposure: internal }
`;
export const TEST_ESTATE = ESTATE;

export function createFakeOutside(): FakeOutside {
  const held = new Set<string>();
  const acts: string[] = [];
  const hostOf = ({ input }: Pick<Call, "input">): string => String(input["host"]);
  const done = (evidence: string, output: JsonObject = {}): Outcome => ({
    kind: "done",
    evidence,
    output,
  });
  const act = async (
    mood: Mood,
    { word, call, change }: { word: string; call: Call; change: () => void },
  ): Promise<Outcome> => {
    const host = hostOf(call);
    const really = (): void => {
      change();
      acts.push(`${word} ${host}`);
    };
    switch (mood) {
      case "well":
        really();
        return done(`${word}d ${host}`);
      case "refuses":
        return { kind: "failed", reason: "permission denied", retryable: false };
      case "busy":
        return { kind: "failed", reason: "try later", retryable: true };
      case "acts-silently":
        really();
        return { kind: "unknown", reason: "The connection broke off." };
      case "silent":
        return { kind: "unknown", reason: "The connection broke off." };
      case "lies":
        return done("ok");
    }
  };
  const fake: FakeOutside = {
    held,
    acts,
    hourly: new Map(),
    perHour: (action) => fake.hourly.get(action) ?? null,
    mood: "well",
    undoMood: "well",
    before: async () => {},
    async plan(action, connectorId, input) {
      const host = input["host"];
      if (connectorId !== "fw")
        return { ok: false, at: "connectorId", reason: `There is no connector "${connectorId}".` };
      if (typeof host !== "string") return { ok: false, at: "host", reason: "a host is needed" };
      if (action === "look-at") {
        const title = `Look at ${host}`;
        return {
          ok: true,
          title,
          targets: [{ kind: "host", value: host }],
          command: `ls ${host}`,
          effect: "read",
          undoable: false,
        };
      }
      const effect = action === "wipe" ? ("irreversible" as const) : ("reversible" as const);
      const undoable = action !== "wipe";
      return {
        ok: true,
        title: `${action} ${host}`,
        targets: [{ kind: "host", value: host }],
        command: `nft add element inet holdfast isolated { ${host} }`,
        effect,
        undoable,
      };
    },
    async perform(call) {
      await fake.before("perform", call);
      return act(fake.mood, { word: "isolate", call, change: () => held.add(hostOf(call)) });
    },
    async undo(call) {
      await fake.before("undo", call);
      return act(fake.undoMood, { word: "release", call, change: () => held.delete(hostOf(call)) });
    },
    async probe(call) {
      const holds = held.has(hostOf(call));
      return done(holds ? "the rule is there" : "there is no rule", { holds });
    },
  };
  return fake;
}
