/** signals.testing: makes signals for tests, with only what a test cares about written down. */
import type { Signal, SignalEntity } from "../detect/index.ts";

export interface SignalSketch {
  readonly n: number;
  readonly minute: number;
  readonly rule?: string;
  readonly level?: Signal["level"];
  readonly host?: string;
  readonly user?: string;
  readonly entities?: readonly SignalEntity[];
}

export const START = Date.UTC(2026, 10, 22, 8);
export const MINUTE = 60_000;

export function signalOf(sketch: SignalSketch): Signal {
  const { n, minute, rule = "r1", level = "medium", host = "web-01", user = "" } = sketch;
  const own: SignalEntity[] = [{ kind: "host", value: host, role: "own" }];
  const acting: SignalEntity[] = user === "" ? [] : [{ kind: "user", value: user, role: "seen" }];
  return {
    id: `s${String(n).padStart(8, "0")}${rule}`,
    eventId: String(n),
    timeMs: START + Math.round(minute * MINUTE),
    ruleId: rule,
    ruleTitle: `Rule ${rule}`,
    ruleHash: "",
    level,
    outcome: "alert",
    hiddenBy: "",
    tactics: ["credential-access"],
    techniques: ["T1110"],
    entity: { kind: "host", value: host },
    entities: [...own, ...acting, ...(sketch.entities ?? [])],
    fields: [{ field: "n", value: String(n), pattern: "*", selection: "selection" }],
    host,
    user,
    message: `message ${n}`,
  };
}
