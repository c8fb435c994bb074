/** splunk-hec: Splunk's HTTP event collector: events, raw lines, health, and acknowledgements by channel. The body is read by what it
 *  is and never by its content type, which the JavaScript clients state wrongly. An event is kept as it came, around its own text. */
import type { AppError } from "../../platform/errors/index.ts";
import type { RawAnswer } from "../raw-answer.ts";
import { splitBody, splitLines } from "../split-records.ts";
import { answer, inWords, type ProtocolCall, type ProtocolDoor, type ProtocolEndpoint } from "./protocol.ts";

const BASE = "/services/collector";

/** @param takesEmpty a body of nothing is a success: some senders ask so whether anybody is there */
export function createSplunkHec(door: ProtocolDoor, takesEmpty: boolean): ProtocolEndpoint[] {
  const acks = createAcks();
  const spoken = (handle: (call: ProtocolCall) => Promise<RawAnswer>) => (call: ProtocolCall) =>
    inWords(() => handle(call), refuse);

  async function events(call: ProtocolCall): Promise<RawAnswer> {
    const source = door.sourceOf(call);
    return door.withBody(source, call, async (body) => {
      const split = splitBody(body, "application/json");
      if (!split.ok) return problem(400, 6, "Invalid data format");
      if (split.records.length === 0) return nothing(call);
      const good: Buffer[] = [];
      let large = 0;
      let firstBad: { readonly at: number; readonly code: number; readonly text: string } | undefined;
      for (const [at, record] of split.records.entries()) {
        const bad = faultOf(record, door.recordBytes);
        if (bad === undefined) good.push(record);
        else firstBad ??= { at, ...bad };
        if (record.length > door.recordBytes) large += 1;
      }
      await door.append(source, call, good);
      door.reject(source, large, "too-large");
      door.reject(source, split.records.length - good.length - large, "unreadable");
      // Those that could be taken are: a client drops the whole batch at this answer.
      if (firstBad !== undefined) {
        const { at, code, text } = firstBad;
        return answer(400, { text, code, "invalid-event-number": at });
      }
      return success(call);
    });
  }

  const nothing = (call: ProtocolCall): RawAnswer => (takesEmpty ? success(call) : problem(400, 5, "No data"));

  async function raw(call: ProtocolCall): Promise<RawAnswer> {
    const source = door.sourceOf(call);
    return door.withBody(source, call, async (body) => {
      const all = splitLines(body);
      if (all.length === 0) return nothing(call);
      const lines = all.filter((line) => line.length <= door.recordBytes);
      const about = attributesOf(call.query);
      const records =
        about === undefined
          ? lines
          : lines.map((line) => Buffer.from(JSON.stringify({ ...about, event: line.toString("utf8") })));
      await door.append(source, call, records);
      const large = all.length - lines.length;
      door.reject(source, large, "too-large");
      // The others are taken: a client drops the whole batch at this answer, and hears why.
      if (large > 0) return problem(400, 6, `Invalid data format: ${large} lines are over ${door.recordBytes} bytes`);
      return success(call);
    });
  }

  function success(call: ProtocolCall): RawAnswer {
    const channel = channelOf(call);
    const done = { text: "Success", code: 0 };
    return answer(200, channel === undefined ? done : { ...done, ackId: acks.next(channel) });
  }

  async function acknowledged(call: ProtocolCall): Promise<RawAnswer> {
    const source = door.sourceOf(call);
    const channel = channelOf(call);
    if (channel === undefined) return problem(400, 10, "Data channel is missing");
    return door.withBody(source, call, async (body) => {
      const asked = askedAcks(body);
      if (asked === undefined) return problem(400, 6, "Invalid data format");
      return answer(200, { acks: Object.fromEntries(asked.map((id) => [id, acks.has(channel, id)])) });
    });
  }

  const health = spoken(async () => answer(200, { text: "HEC is healthy", code: 17 }));
  return [
    { methods: ["POST"], paths: [BASE, `${BASE}/event`, `${BASE}/event/1.0`], handle: spoken(events) },
    { methods: ["POST"], paths: [`${BASE}/raw`, `${BASE}/raw/1.0`], handle: spoken(raw) },
    { methods: ["POST"], paths: [`${BASE}/ack`, `${BASE}/ack/1.0`], handle: spoken(acknowledged) },
    { methods: ["GET"], paths: [`${BASE}/health`, `${BASE}/health/1.0`], handle: health },
  ];
}

/** Success is said after the sync, so every number that was given out is acknowledged; only the count of a channel is kept. */
function createAcks(): { next(channel: string): number; has(channel: string, id: number): boolean } {
  const counts = new Map<string, number>();
  return {
    next: (channel) => {
      const id = counts.get(channel) ?? 0;
      if (!counts.has(channel) && counts.size >= MOST_CHANNELS) counts.delete(counts.keys().next().value ?? "");
      counts.set(channel, id + 1);
      return id;
    },
    has: (channel, id) => id >= 0 && id < (counts.get(channel) ?? 0),
  };
}

const MOST_CHANNELS = 10_000;

function channelOf({ request, query }: ProtocolCall): string | undefined {
  const header = request.headers["x-splunk-request-channel"];
  const channel = (typeof header === "string" ? header : undefined) ?? query.get("channel") ?? "";
  return channel === "" ? undefined : channel.slice(0, 100);
}

function faultOf(record: Buffer, most: number): { readonly code: number; readonly text: string } | undefined {
  if (record.length > most) return { code: 6, text: `Invalid data format: the event is over ${most} bytes` };
  try {
    const value: unknown = JSON.parse(record.toString("utf8"));
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return { code: 6, text: "Invalid data format" };
    if ("fields" in value && !("event" in value)) return undefined;
    if (!("event" in value) || value.event === null) return { code: 12, text: "Event field is required" };
    return value.event === "" ? { code: 13, text: "Event field cannot be blank" } : undefined;
  } catch {
    return { code: 6, text: "Invalid data format" };
  }
}

function attributesOf(query: URLSearchParams): Record<string, string> | undefined {
  const found = ["host", "source", "sourcetype", "index", "time"].flatMap((name) => {
    const value = query.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function askedAcks(body: Buffer): number[] | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    if (typeof value !== "object" || value === null || !("acks" in value) || !Array.isArray(value.acks))
      return undefined;
    return value.acks.filter((id: unknown): id is number => typeof id === "number").slice(0, 10_000);
  } catch {
    return undefined;
  }
}

const problem = (status: number, code: number, text: string): RawAnswer => answer(status, { text, code });

function refuse(refusal: AppError): RawAnswer {
  switch (refusal.code) {
    case "INGEST_KEY_MISSING":
      return problem(401, 2, "Token is required");
    case "INGEST_KEY_UNKNOWN":
      return problem(403, 4, "Invalid token");
    case "INGEST_SOURCE_DISABLED":
      return problem(403, 1, "Token disabled");
    case "INGEST_BODY_TOO_LARGE":
      return problem(413, 27, "Request entity too large");
    case "INGEST_BODY_BROKEN":
    case "INGEST_ENCODING_UNKNOWN":
      return problem(400, 6, "Invalid data format");
    default:
      return refusal.retryable ? problem(503, 9, "Server is busy") : problem(refusal.status, 8, refusal.message);
  }
}
