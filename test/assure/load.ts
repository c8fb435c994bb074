/** load: the senders of the crash test: HTTP batches that are sent again until they are acknowledged, syslog over TCP beside them
 *  (which has no acknowledgement and is load only), and a person's changes. They know nothing of the faults but that calls fail. */
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Attempt, type Ledger, recordOf } from "./ledger.ts";

export interface LoadTarget {
  readonly url: string;
  readonly token: string;
  readonly key: string;
  readonly sourceId: string;
  readonly syslogPort: number;
}

export interface Load {
  /** Waits until every batch that was begun is acknowledged. */
  stop(): Promise<void>;
  /** False: answers are not heard, as after a power cut; what they acknowledge does not count. */
  setHearing(hears: boolean): void;
  /** Stops at once, after a failure: what was begun stays open. */
  abandon(): void;
  /** Milliseconds since the last acknowledgement. */
  silence(): number;
  /** Longest time without an acknowledgement since this was last asked. */
  longestGap(): number;
  readonly counts: LoadCounts;
}

export interface LoadCounts {
  ackedBatches: number;
  ackedEvents: number;
  failedAttempts: number;
  syslogLines: number;
  /** Number of the last change that was acknowledged, and how many were tried. */
  ackedChanges: number;
  triedChanges: number;
  lastAckedName: string;
  /** Names of changes that came after it and were not answered. */
  openNames: string[];
}

export interface LoadOptions {
  readonly target: () => LoadTarget;
  readonly ledger: Ledger;
  readonly round: number;
  readonly senders?: number;
  readonly batch?: number;
  readonly pauseMs?: number;
  readonly counts?: LoadCounts;
}

const ANSWER_WITHIN_MS = 15_000;
const RETRY_MS = 100;

export const noCounts = (): LoadCounts => ({
  ackedBatches: 0,
  ackedEvents: 0,
  failedAttempts: 0,
  syslogLines: 0,
  ackedChanges: 0,
  triedChanges: 0,
  lastAckedName: "",
  openNames: [],
});

export function startLoad(options: LoadOptions): Load {
  const counts = options.counts ?? noCounts();
  let sending = true;
  let abandoned = false;
  let hears = true;
  let last = performance.now();
  let longest = 0;
  const heard = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const isSending = (): boolean => sending;
  const isAbandoned = (): boolean => abandoned;
  const isHearing = (): boolean => hears;
  const senders = Array.from({ length: options.senders ?? 3 }, (_, sender) =>
    sendBatches({ ...options, counts, sender, heard, isSending, isAbandoned, isHearing }),
  );
  const changes = makeChanges({ target: options.target, counts, isSending, isHearing });
  const syslog = sendSyslog({ target: options.target, round: options.round, counts, isSending });
  return {
    counts,
    silence: () => performance.now() - last,
    longestGap: () => {
      const gap = Math.max(longest, performance.now() - last);
      longest = 0;
      return gap;
    },
    setHearing: (value) => {
      hears = value;
    },
    abandon: () => {
      sending = false;
      abandoned = true;
    },
    stop: async () => {
      sending = false;
      await Promise.all([...senders, changes, syslog]);
    },
  };
}

type Sender = LoadOptions & {
  readonly counts: LoadCounts;
  readonly sender: number;
  readonly heard: () => void;
  readonly isSending: () => boolean;
  readonly isAbandoned: () => boolean;
  readonly isHearing: () => boolean;
};

async function sendBatches(of: Sender): Promise<void> {
  for (let batch = 0; of.isSending(); batch += 1) {
    for (let attempt = 1; !of.isAbandoned(); attempt += 1) {
      const one: Attempt = {
        round: of.round,
        sender: of.sender,
        batch,
        attempt,
        count: of.batch ?? 100,
        at: Date.now(),
      };
      if ((await post(of.target(), one)) && of.isHearing()) {
        await of.ledger.add(one);
        of.heard();
        of.counts.ackedBatches += 1;
        of.counts.ackedEvents += one.count;
        break;
      }
      of.counts.failedAttempts += 1;
      await sleep(RETRY_MS);
    }
    await sleep(of.pauseMs ?? 40);
  }
}

/** One batch; true when all of it was acknowledged. */
async function post(target: LoadTarget, attempt: Attempt): Promise<boolean> {
  try {
    const { status, accepted } = await postBatch(target, attempt);
    return status === 200 && accepted === attempt.count;
  } catch {
    return false;
  }
}

/** Sends one batch and answers what the server said; throws when it did not answer. */
export async function postBatch(
  { url, key }: Pick<LoadTarget, "url" | "key">,
  attempt: Attempt,
): Promise<{ status: number; accepted: number; code: string; retryAfter: string | null }> {
  const lines = Array.from({ length: attempt.count }, (_, seq) => recordOf(attempt, seq));
  const response = await fetch(`${url}/api/ingest/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/x-ndjson" },
    body: `${lines.join("\n")}\n`,
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const answer = (await response.json()) as { accepted?: number; code?: string };
  return {
    status: response.status,
    accepted: answer.accepted ?? 0,
    code: answer.code ?? "",
    retryAfter: response.headers.get("retry-after"),
  };
}

/** A person renames the source again and again: changes to the state store, each with its audit entry. */
async function makeChanges(of: Pick<Sender, "target" | "counts" | "isSending" | "isHearing">): Promise<void> {
  while (of.isSending()) {
    const { url, token, sourceId } = of.target();
    const name = `Crash test ${of.counts.triedChanges}`;
    of.counts.triedChanges += 1;
    try {
      const response = await fetch(`${url}/api/sources/${sourceId}`, {
        method: "PATCH",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ name }),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      await response.text();
      if (response.status === 200 && of.isHearing()) {
        of.counts.ackedChanges += 1;
        of.counts.lastAckedName = name;
        of.counts.openNames = [];
      } else of.counts.openNames.push(name);
    } catch {
      of.counts.openNames.push(name);
    }
    await sleep(150);
  }
}

async function sendSyslog(of: Pick<Sender, "target" | "round" | "counts" | "isSending">): Promise<void> {
  while (of.isSending()) {
    const socket = connect(of.target().syslogPort, "127.0.0.1");
    let open = true;
    socket.on("error", () => {
      open = false;
    });
    socket.on("close", () => {
      open = false;
    });
    while (open && of.isSending()) {
      const line = `syslog r${of.round} n${of.counts.syslogLines}`;
      socket.write(`<134>1 ${new Date().toISOString()} crash-syslog probe - - - ${line}\n`);
      of.counts.syslogLines += 1;
      await sleep(10);
    }
    socket.destroy();
    await sleep(RETRY_MS);
  }
}
