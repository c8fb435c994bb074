/** create: the pulls area: sources that Holdfast fetches itself. It knows what can be fetched, keeps what people have set up, and reads it
 *  on time; their records go the way of all others, through ingest. */
import type { Pull, PullKind, pullRoutes, PullTrial } from "@holdfast/contracts/pulls";
import { z } from "zod";
import { type Feed, splitBody } from "../ingest/index.ts";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { Egress } from "../platform/egress/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import type { Log } from "../platform/log/index.ts";
import type { Sealer } from "../platform/secrets/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import { kindOf } from "./http/kind.ts";
import { readLibrary } from "./http/library.ts";
import { createKeeper, viewOf } from "./keeper.ts";
import type { Kind, Work } from "./kind.ts";
import { createRunner } from "./runner.ts";
import { createSchedule } from "./schedule.ts";
import { scrapeKind } from "./scrape/scrape.ts";
import * as store from "./store.ts";
import { kafkaKind } from "./streams/kafka.ts";
import { natsKind } from "./streams/nats.ts";

export interface PullsOptions {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly log: Log;
  readonly sealer: Sealer;
  readonly egress: Egress;
  readonly feed: Feed;
  /** Where the definitions lie. */
  readonly definitions: string;
  /** Where lists of targets to scrape lie as files. */
  readonly targets: string;
}

export interface Pulls {
  readonly routes: Handlers<typeof pullRoutes>;
  start(): Promise<void>;
  /** Tries end where they are; they go on from there. */
  stop(): Promise<void>;
}

const DAY_MS = 86_400_000;
const SAMPLE_CHARACTERS = 2_000;

export function createPulls(options: PullsOptions): Pulls {
  const { tables, clock, egress, feed } = options;
  const log = options.log.child("pulls");
  const library = readLibrary(options.definitions);
  for (const problem of library.problems) log.error({ problem }, "a definition of what can be fetched is left out");
  const kinds: readonly Kind[] = [
    ...library.definitions.map((one) => kindOf(one, { egress, clock, split })),
    kafkaKind(egress),
    natsKind(egress),
    scrapeKind({ egress, clock, folder: options.targets }),
  ];
  const keeper = createKeeper({ ...options, kinds });
  const schedule = createSchedule({
    tables,
    feed,
    clock,
    log,
    keeper,
    run: createRunner({ tables, feed, clock }),
    onChange: (id) => tables.notify(tables.db, "ingest.source.changed", { id }),
  });

  async function view(id: string): Promise<Pull> {
    const pull = await keeper.one(id);
    const source = feed.source(id);
    const enabled = source?.enabled === true;
    const state = enabled
      ? (schedule.doing(id) ?? (pull.wait === "waiting" && pull.failures > 0 ? "backing-off" : pull.wait))
      : "off";
    const streams = await cursorsOf(pull);
    return viewOf({ pull, kind: keeper.kindOf(pull.kind), name: source?.name ?? id, state, streams });
  }

  async function cursorsOf(pull: store.StoredPull): Promise<Pull["streams"]> {
    const stored = await store.streamsOf(tables.db, pull.id);
    const work = await keeper.open(pull).catch(() => undefined);
    if (work === undefined || work.how === "listening")
      return stored.map(({ stream, state }) => ({ id: stream, title: stream, cursor: String(state["cursor"] ?? "") }));
    return work.streams.map((stream) => {
      const state = stored.find((one) => one.stream === stream.id)?.state;
      const begin = `begins at ${new Date(pull.sinceMs).toISOString()}`;
      return { id: stream.id, title: stream.title, cursor: state === undefined ? begin : stream.cursor(state) };
    });
  }

  return {
    routes: {
      listPullKinds: async () => ({ items: kinds.map(kindView) }),
      getPull: ({ params }) => view(params.id),
      tryPull: async ({ body: { id, ...entered } }) => trial(await keeper.openEntered(entered, id), clock.now()),
      addPull: async ({ body: { since, ...body } }, { actor }) => {
        const sinceMs = since === undefined ? clock.now() - DAY_MS : Date.parse(since);
        const id = await keeper.add({ ...body, sinceMs }, actor);
        schedule.wake(id);
        return view(id);
      },
      updatePull: async ({ params, body }, { actor }) => {
        await keeper.change(params.id, body, actor);
        schedule.wake(params.id);
        return view(params.id);
      },
      runPull: async ({ params }, { actor }) => {
        await keeper.one(params.id);
        await tables.transaction(async (tx) => {
          await store.tryAt(tx, params.id, clock.now());
          await options.audit.append(tx, { actor, action: "source.fetched-now", target: params.id, details: {} });
        });
        schedule.wake(params.id);
        return view(params.id);
      },
    },
    start: () => schedule.start(),
    stop: () => schedule.stop(),
  };
}

/** The first page of each stream, of the last day. Nothing of it is kept. */
async function trial(work: Work, now: number): Promise<PullTrial> {
  const answers = work.how === "listening" ? await work.consumer.probe() : [];
  if (work.how === "pages")
    for (const stream of work.streams) {
      const page = await stream.read(stream.start(now - DAY_MS), { seen: async () => new Set() });
      const first = page.ok ? page.items[0] : undefined;
      const count = page.ok ? page.items.length : null;
      const found = count === 1 ? "1 record" : `${count ?? 0} records`;
      answers.push({
        stream: stream.title,
        ok: page.ok,
        said: page.ok
          ? `It answers with ${found} of the last day${page.more ? ", and there is more" : ""}.`
          : page.reason,
        records: count,
        sample: first === undefined ? null : Buffer.from(first.raw).toString("utf8").slice(0, SAMPLE_CHARACTERS),
      });
    }
  return { ok: answers.length > 0 && answers.every(({ ok }) => ok), answers: [...answers] };
}

function kindView({
  settings,
  secrets,
  before,
  kind,
  via,
  title,
  description,
  docs,
  everySeconds,
  backfill,
  promise,
}: Kind): PullKind {
  const schema = (of: z.ZodObject): Record<string, unknown> =>
    z.toJSONSchema(of, { io: "input", unrepresentable: "any" });
  const forms = { settings: schema(settings), secrets: schema(secrets) };
  return { kind, via, title, description, docs, before: [...before], ...forms, everySeconds, backfill, promise };
}

function split(array: Buffer): readonly Buffer[] | undefined {
  if (array[0] !== 0x5b) return undefined;
  const found = splitBody(array, "application/json");
  return found.ok ? found.records : undefined;
}
