/** storm.testing: a storm of three causes, and real attacks on hosts that it hits as well. */
import type { Signal, SignalEntity } from "../detect/index.ts";
import { signalOf } from "./signals.testing.ts";

/** A botnet against every account, an update that breaks a service on every host in two ways, a scanner that knocks everywhere. */
export function storm(size: number): Signal[] {
  const scanner: SignalEntity = { kind: "ip", value: "10.9.9.9", role: "origin" };
  return Array.from({ length: size }, (_, n): Signal => {
    const minute = n / size;
    const k = n >> 2;
    if (n % 4 === 0) {
      const guess = signalOf({ n, minute, rule: "guess", host: "proxy-01" });
      return { ...guess, entity: { kind: "user", value: `user-${k}` } };
    }
    if (n % 4 === 1) return signalOf({ n, minute, rule: "crash", host: `ws-${k}` });
    if (n % 4 === 2) return signalOf({ n, minute, rule: "restart", host: `ws-${k}`, level: "low" });
    return signalOf({ n, minute, rule: "scan", host: `srv-${k}`, entities: [scanner] });
  });
}

/** Two steps each, on hosts that the storm hits. */
export function attacks(count: number): Signal[] {
  return Array.from({ length: count }, (_, n) => {
    const host = `ws-${n * 7}`;
    return [
      signalOf({ n: 900_000 + n * 2, minute: 0.2 + n / 10, rule: `dump-${n}`, host, level: "high" }),
      signalOf({ n: 900_001 + n * 2, minute: 0.3 + n / 10, rule: `spread-${n}`, host, level: "critical" }),
    ];
  }).flat();
}
