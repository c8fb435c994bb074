/** span-pairs: puts the two sides of a call together, whichever comes first. What was seen of late is remembered, up to a bound; forgetting
 *  the oldest costs a sighting of a dependency, which comes again if it matters. Nothing is consumed, so a block that runs again finds the same. */
export interface SpanSide {
  readonly id: string;
  readonly parent: string;
  readonly service: string;
  readonly side: "server" | "client";
  readonly timeMs: number;
}

export interface ServiceCall {
  readonly from: string;
  readonly to: string;
  readonly timeMs: number;
}

export interface SpanPairs {
  /** @returns the calls between two services of which this block brought the second side */
  pair(spans: readonly SpanSide[]): ServiceCall[];
  size(): number;
}

const MOST = 50_000;

export function createSpanPairs(most: number = MOST): SpanPairs {
  /** Of calling spans: the service. */
  const callers = new Map<string, string>();
  /** By the span that is waited for: those whose parent it is. */
  const waiting = new Map<string, Map<string, SpanSide>>();

  return {
    pair: (spans) => {
      const fresh = spans.filter(({ side }) => side === "client");
      for (const { id, service } of fresh) keep(callers, { key: id, value: service, most });
      const calls: ServiceCall[] = [];
      const add = (from: string, { service: to, timeMs }: SpanSide): void => {
        if (from !== to) calls.push({ from, to, timeMs });
      };
      // Those that waited before this block; what it brings itself finds its parent below.
      for (const { id, service } of fresh) for (const child of waiting.get(id)?.values() ?? []) add(service, child);
      for (const span of spans) {
        if (span.side !== "server" || span.parent === "") continue;
        const from = callers.get(span.parent);
        if (from !== undefined && !(waiting.get(span.parent)?.has(span.id) ?? false)) add(from, span);
        else if (from === undefined) {
          const of = waiting.get(span.parent) ?? new Map<string, SpanSide>();
          if (of.size < MOST_CHILDREN) of.set(span.id, span);
          keep(waiting, { key: span.parent, value: of, most });
        }
      }
      return calls;
    },
    size: () => callers.size + waiting.size,
  };
}

/** Of one call: a message can have many who take it. */
const MOST_CHILDREN = 20;

/** As the newest; the oldest goes when there are too many. */
function keep<T>(into: Map<string, T>, { key, value, most }: { key: string; value: T; most: number }): void {
  into.delete(key);
  into.set(key, value);
  if (into.size <= most) return;
  const [oldest] = into.keys();
  if (oldest !== undefined) into.delete(oldest);
}
