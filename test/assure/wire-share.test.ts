/** wire-share.test: what each protocol is told when its source has its share of the queue while others send: four requests are held, the
 *  next is refused at once in the protocol's own words and as something that its clients send again; the others are taken, and
 *  afterwards all of it is stored once. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type RunningServer, startHoldfast } from "../e2e/server.ts";
import { type Api, createApi } from "./api.ts";
import { settle } from "./oracle.ts";
import { post, type PostAnswer } from "./wire-load.ts";
import { PROTOCOLS, type Protocol } from "./wire-protocols.ts";

/** Without one whose clients give up at a refusal, which waits instead, and one that sends an event a request and needs thousands. */
const MANY = PROTOCOLS.filter(({ overload, batch }) => typeof overload === "object" && batch > 1);
/** Longer than any answer of a machine that is at work, shorter than what is held is held. */
const HELD_MS = 1_500;

describe("a source's own share, over the wire", () => {
  let server: RunningServer;
  let api: Api;
  before(async () => {
    server = await startHoldfast({});
    api = createApi(server);
  });
  after(() => server.stop());

  async function add(kind: string, name: string): Promise<{ id: string; key: string }> {
    const made = (await api.post("/api/sources", { name, kind })) as { source: { id: string }; key: string };
    return { id: made.source.id, key: made.key };
  }

  /** Sends one after another until one is held, then three more beside it, and one that has to be refused. */
  async function exceed(
    protocol: Protocol,
    key: string,
  ): Promise<{ taken: number; refused: PostAnswer; held: Promise<PostAnswer>[] }> {
    let first = 0;
    const send = (): Promise<PostAnswer> => {
      const body = protocol.body(first, protocol.batch, key);
      first += protocol.batch;
      return post({ url: `${server.url}${protocol.path?.(key) ?? ""}`, headers: protocol.headers?.(key) ?? {}, body });
    };
    let taken = 0;
    const held: Promise<PostAnswer>[] = [];
    while (held.length === 0) {
      const asked = send();
      const answer = await Promise.race([asked, sleep(HELD_MS, undefined)]);
      if (answer === undefined) held.push(asked);
      else {
        assert.ok(isTaken(answer), `${protocol.name}: ${answer.status} ${answer.text}`);
        taken += protocol.batch;
      }
    }
    while (held.length < 4) held.push(send());
    await sleep(300);
    return { taken, refused: await send(), held };
  }

  test("each protocol is told to come again, and what it had sent is stored once", async () => {
    const quiet = await add("http", "Quiet");
    const spoken = await Promise.all(
      MANY.map(async (protocol) => ({ protocol, ...(await add(protocol.kind ?? "", `Much by ${protocol.name}`)) })),
    );
    const whisper = (n: number): Promise<PostAnswer> =>
      post({
        url: `${server.url}/api/ingest/events`,
        headers: { authorization: `Bearer ${quiet.key}`, "content-type": "application/x-ndjson" },
        body: `{"message":"still here ${n}"}\n`,
      });
    assert.ok(isTaken(await whisper(0)));
    await settle(api);
    const { events } = server.pids();
    assert.ok(events !== undefined);
    process.kill(events, "SIGSTOP");
    const expected = new Map<string, number>();
    try {
      const exceeded = await Promise.all(spoken.map((one) => exceed(one.protocol, one.key)));
      assert.ok(isTaken(await whisper(1)), "who sends little is taken all the while");
      for (const [n, one] of exceeded.entries()) {
        const { protocol, id } = spoken[n] ?? assert.fail();
        const words = protocol.share ?? (typeof protocol.overload === "object" ? protocol.overload : undefined);
        assert.equal(one.refused.status, words?.status, `${protocol.name}: ${one.refused.text}`);
        assert.match(one.refused.text, words?.says ?? /^$/, protocol.name);
        assert.equal(one.refused.headers["retry-after"], "1", protocol.name);
        let { taken } = one;
        for (const answer of await Promise.all(one.held)) if (isTaken(answer)) taken += protocol.batch;
        expected.set(id, taken);
      }
    } finally {
      process.kill(events, "SIGCONT");
    }
    await settle(api);
    for (const [id, count] of [...expected, [quiet.id, 2] as const]) {
      const { stored, quarantined } = (await api.get(`/api/sources/${id}`)) as { stored: number; quarantined: number };
      assert.deepEqual([id, stored, quarantined], [id, count, 0]);
    }
  });
});

const isTaken = ({ status }: PostAnswer): boolean => status >= 200 && status < 300;
