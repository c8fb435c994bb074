/** live: the server's stream of what changed. One connection a page, with back-off; a message says that something is new,
 *  the view decides when to show it. */
import { LIVE_PATH, TOPICS, type Topic } from "@holdfast/contracts/live";
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";

export type LiveState = "connecting" | "live" | "lost";
type Payload<T extends Topic> = (typeof TOPICS)[T]["payload"]["_zod"]["output"];

/** Connects while the caller is mounted. */
export function useLiveConnection(): void {
  useEffect(() => {
    connect();
    return close;
  }, []);
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (listener) => {
      stateListeners.add(listener);
      return () => stateListeners.delete(listener);
    },
    () => state,
  );
}

export function useLive<T extends Topic>(topic: T, run: (payload: Payload<T>) => void): void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    const listener = (data: unknown): void => {
      const parsed = TOPICS[topic].payload.safeParse(data);
      if (parsed.success) latest.current(parsed.data as Payload<T>);
    };
    const all = listeners.get(topic) ?? new Set();
    listeners.set(topic, all);
    all.add(listener);
    return () => {
      all.delete(listener);
    };
  }, [topic]);
}

/** Called when the stream is there again after it was lost: what was told meanwhile was missed. */
export function useLiveAgain(run: () => void): void {
  const now = useLiveState();
  const latest = useRef(run);
  const before = useRef(now);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    if (before.current === "lost" && now === "live") latest.current();
    before.current = now;
  }, [now]);
}

/** How many new things were announced since the view was last renewed. */
export function useNewCount<T extends Topic>(
  topic: T,
  countOf: (payload: Payload<T>) => number,
): readonly [number, () => void] {
  const [count, setCount] = useState(0);
  useLive(topic, (payload) => setCount((before) => before + countOf(payload)));
  return [count, useCallback(() => setCount(0), [])];
}

/** Opens an event stream again and again with growing pauses until `stop` is called. */
export function openStream(
  address: string,
  on: {
    readonly events: Readonly<Record<string, (data: unknown) => void>>;
    readonly state: (state: LiveState) => void;
  },
): () => void {
  let source: EventSource | null = null;
  let timer = 0;
  let pause = 1000;
  const start = (): void => {
    source = new EventSource(address);
    source.onopen = () => {
      pause = 1000;
      on.state("live");
    };
    source.onerror = () => {
      source?.close();
      on.state("lost");
      timer = window.setTimeout(start, pause * (0.75 + Math.random() / 2));
      pause = Math.min(pause * 2, 30_000);
    };
    for (const [name, run] of Object.entries(on.events))
      source.addEventListener(name, (event) => run(parse(event.data)));
  };
  on.state("connecting");
  start();
  return () => {
    window.clearTimeout(timer);
    source?.close();
  };
}

let state: LiveState = "connecting";
let users = 0;
let stop: () => void = () => undefined;
const stateListeners = new Set<() => void>();
const listeners = new Map<Topic, Set<(data: unknown) => void>>();

function connect(): void {
  if (++users > 1) return;
  const topics = Object.keys(TOPICS) as Topic[];
  stop = openStream(LIVE_PATH, {
    state: (next) => {
      state = next;
      for (const listener of stateListeners) listener();
    },
    events: Object.fromEntries(
      topics.map((topic) => [topic, (data: unknown) => listeners.get(topic)?.forEach((listener) => listener(data))]),
    ),
  });
}

function close(): void {
  if (--users === 0) stop();
}

function parse(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}
