/** mailbox: messages to workflows. Nobody polls: a message's commit notifies this process, which wakes who waits for it, and a lost
 *  connection for notifications wakes everybody once to look again. */
import type { Clock } from "../clock/index.ts";
import { RECONNECTED, type Tables, type Transaction } from "../tables/index.ts";
import { putMessage, takeMessage } from "./store.ts";

export interface Mailbox {
  send(message: { workflowId: string; topic: string; key: string; body: unknown }, tx?: Transaction): Promise<void>;
  take(place: {
    workflowId: string;
    topic: string;
    receivedAs: number;
  }): Promise<{ readonly body: unknown } | undefined>;
  /** Calls each time something may have come for the workflow. The returned function ends it. */
  watch(workflowId: string, wake: () => void): () => void;
  /** Wakes whoever watches this workflow in this process. */
  wake(workflowId: string): void;
  close(): void;
}

const TOPIC = "workflows.message";

export function createMailbox({ tables, clock }: { tables: Tables; clock: Clock }): Mailbox {
  const watchers = new Map<string, Set<() => void>>();
  const wake = (workflowId: string): void => {
    for (const call of watchers.get(workflowId) ?? []) call();
  };
  const unsubscribe = tables.subscribe((topic, payload) => {
    if (topic === TOPIC && typeof payload === "string") wake(payload);
    if (topic === RECONNECTED) for (const id of [...watchers.keys()]) wake(id);
  });

  const put = async (tx: Transaction, message: Parameters<Mailbox["send"]>[0]): Promise<void> => {
    if (await putMessage(tx, { ...message, at: clock.now() })) await tables.notify(tx, TOPIC, message.workflowId);
  };
  return {
    send: (message, tx) => (tx === undefined ? tables.transaction((own) => put(own, message)) : put(tx, message)),
    take: (place) => takeMessage(tables, place),
    watch(workflowId, call) {
      const calls = watchers.get(workflowId) ?? new Set();
      watchers.set(workflowId, calls.add(call));
      return () => {
        calls.delete(call);
        if (calls.size === 0) watchers.delete(workflowId);
      };
    },
    wake,
    close() {
      unsubscribe();
      watchers.clear();
    },
  };
}
