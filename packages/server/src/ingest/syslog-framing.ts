/** syslog-framing: cuts a TCP stream into syslog messages (RFC 6587). Which framing a connection uses is decided by its first
 *  bytes: a count followed by "<" means octet counting, anything else lines. A line feed inside the count is dropped once.
 *  A count that makes no sense ends the counting: the rest of the connection is read as lines, so that nothing is lost. */

export interface SyslogFramer {
  push(chunk: Buffer): Buffer[];
  /** What is left when the connection ends: half a message is still a message. */
  end(): Buffer[];
  /** Messages over the limit that were left out. */
  readonly oversized: number;
  readonly framing: "unknown" | "octets" | "lines";
}

const LF = 10;
const CR = 13;
const SPACE = 32;
const OPEN = 60;
const MOST_DIGITS = 9;

export function createSyslogFramer(limit: number): SyslogFramer {
  let rest: Buffer = Buffer.alloc(0);
  let framing: SyslogFramer["framing"] = "unknown";
  let oversized = 0;
  /** Bytes of an oversized counted message that are still to come. */
  let skip = 0;
  /** In an oversized line: everything up to the next line feed goes. */
  let skipLine = false;

  function takeCounted(messages: Buffer[]): "more" | "lines" {
    for (;;) {
      if (skip > 0) {
        const gone = Math.min(skip, rest.length);
        rest = rest.subarray(gone);
        skip -= gone;
        if (skip > 0) return "more";
      }
      let at = 0;
      while (rest[at] === LF) at += 1;
      rest = rest.subarray(at);
      if (rest.length === 0) return "more";
      const count = readCount(rest);
      if (count === "more") return "more";
      if (count === undefined) return "lines";
      if (count.octets > limit) {
        oversized += 1;
        rest = rest.subarray(count.start);
        skip = count.octets;
        continue;
      }
      if (rest.length < count.start + count.octets) return "more";
      addMessage(messages, withoutLineFeed(rest.subarray(count.start, count.start + count.octets)));
      rest = rest.subarray(count.start + count.octets);
    }
  }

  function takeLines(messages: Buffer[]): void {
    let start = 0;
    for (let end = rest.indexOf(LF); end >= 0; end = rest.indexOf(LF, start)) {
      const line = rest.subarray(start, rest[end - 1] === CR && end > start ? end - 1 : end);
      if (skipLine) skipLine = false;
      else if (line.length > limit) oversized += 1;
      else addMessage(messages, line);
      start = end + 1;
    }
    rest = rest.subarray(start);
    if (rest.length <= limit && !skipLine) return;
    if (!skipLine) oversized += 1;
    skipLine = true;
    rest = Buffer.alloc(0);
  }

  return {
    get oversized() {
      return oversized;
    },
    get framing() {
      return framing;
    },
    push: (chunk) => {
      const messages: Buffer[] = [];
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      if (framing === "unknown") framing = detect(rest);
      if (framing === "octets" && takeCounted(messages) === "lines") framing = "lines";
      if (framing === "lines") takeLines(messages);
      return messages;
    },
    end: () => {
      const left = rest;
      rest = Buffer.alloc(0);
      if (left.length === 0 || skipLine || skip > 0) return [];
      const count = framing === "octets" ? readCount(left) : undefined;
      const body = typeof count === "object" ? left.subarray(count.start) : left;
      const messages: Buffer[] = [];
      addMessage(messages, withoutLineFeed(body));
      return messages;
    },
  };
}

function detect(bytes: Buffer): SyslogFramer["framing"] {
  const count = readCount(bytes);
  if (count === "more") return "unknown";
  if (count === undefined) return "lines";
  const first = bytes[count.start];
  if (first === undefined) return "unknown";
  return first === OPEN ? "octets" : "lines";
}

/** The count at the start and where its message begins; undefined when there is none. */
function readCount(bytes: Buffer): { readonly octets: number; readonly start: number } | "more" | undefined {
  let octets = 0;
  for (let at = 0; at <= MOST_DIGITS; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) return "more";
    if (byte === SPACE) return at > 0 && octets > 0 ? { octets, start: at + 1 } : undefined;
    if (byte < 48 || byte > 57 || (at === 0 && byte === 48)) return undefined;
    octets = octets * 10 + byte - 48;
  }
  return undefined;
}

const withoutLineFeed = (message: Buffer): Buffer => (message.at(-1) === LF ? message.subarray(0, -1) : message);

function addMessage(messages: Buffer[], message: Buffer): void {
  if (message.length > 0) messages.push(message);
}
