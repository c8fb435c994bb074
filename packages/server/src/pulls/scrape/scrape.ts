/** scrape: targets that answer on /metrics, asked again and again. Each round of a target becomes points of one time, with `up`, how long it
 *  took and how much it was; a target that does not answer is a point too: up is 0. Other targets are not kept waiting by it. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { encodePoint, METRIC_RECORDS, type MetricPoint, readExposition } from "../../ingest/index.ts";
import type { Clock } from "../../platform/clock/index.ts";
import type { Egress } from "../../platform/egress/index.ts";
import type { Consumer, Kind, Opened } from "../kind.ts";
import { createDiscovery, isAddress, LIST, type Target } from "./discovery.ts";

const settingsShape = z.strictObject({
  targets: z
    .array(z.string().regex(/^https?:\/\/[^\s@]+$/, "an address such as http://web-1:9100/metrics"))
    .max(200)
    .default([])
    .meta({ title: "Targets", description: "One a line, such as http://web-1.example.com:9100/metrics." }),
  lists: z
    .array(z.string().regex(LIST, "the name of a file such as web.yml, or an address such as https://host/targets"))
    .max(20)
    .default([])
    .meta({
      title: "Lists of targets",
      description:
        "One a line: the name of a file (JSON or YAML) in the folder `targets` of Holdfast's home, or an address that answers with JSON, as Prometheus reads them (file_sd, http_sd). Read anew every minute.",
    }),
  job: z.string().min(1).max(200).default("scrape").meta({
    title: "Job",
    description:
      "The label job of all its points: what kind of thing the targets are. A service of the estate, if one has this name.",
  }),
  everySeconds: z.number().int().min(5).max(3600).default(30).meta({ title: "Seconds between two rounds" }),
  timeoutSeconds: z.number().int().min(1).max(60).default(10).meta({ title: "Seconds a target may take" }),
  tokenForListed: z.boolean().default(false).meta({
    title: "Send the token to targets of lists, too",
    description: "Whoever keeps such a list then decides who gets it.",
  }),
  megabytes: z.number().int().min(1).max(64).default(10).meta({ title: "Largest answer in MB" }),
});

const settingsForm = settingsShape.refine(({ targets, lists }) => targets.length + lists.length > 0, {
  path: ["targets"],
  message: "name a target or a list",
});

const secretsShape = z.strictObject({
  token: z
    .string()
    .max(10_000)
    .optional()
    .meta({ title: "Bearer token", description: "Sent to the targets above and to addresses of lists." }),
});

interface ScrapeParts {
  readonly egress: Egress;
  readonly clock: Clock;
  /** Where lists of targets lie as files. */
  readonly folder: string;
}

export function scrapeKind(parts: ScrapeParts): Kind {
  return {
    kind: "scrape",
    via: "pull",
    title: "Metrics of targets (Prometheus, OpenMetrics)",
    description: "Asks exporters and applications for the metrics on their /metrics page.",
    docs: "https://prometheus.io/docs/instrumenting/exposition_formats/",
    before: ["Targets on private addresses must stand in the list of addresses it may reach."],
    settings: settingsForm,
    secrets: secretsShape,
    everySeconds: null,
    backfill: false,
    promise: "A round that could not be taken is not asked for again: the next one says more.",
    reaches: (settings) => {
      const { targets, lists } = settingsShape.parse(settings);
      return [
        ...new Set(
          [...targets, ...lists.filter(isAddress)]
            .filter((target) => URL.canParse(target))
            .map((target) => placeOf(new URL(target))),
        ),
      ];
    },
    open: (opened) => ({ how: "listening", consumer: createScraper(parts, opened) }),
  };
}

type Settings = z.infer<typeof settingsShape>;

interface Round {
  readonly points: MetricPoint[];
  readonly samples: number;
  /** Why it could not be read, or not all of it; "" when it could. */
  readonly problem: string;
  readonly ok: boolean;
  readonly first: string;
}

function createScraper({ egress, clock, folder }: ScrapeParts, opened: Opened): Consumer {
  const settings = settingsShape.parse(opened.settings);
  const listed = settings.targets.map((url): Asked => ({ url, labels: {}, found: false }));
  const discovery = createDiscovery({
    lists: settings.lists,
    folder,
    ask: (url) => answerOf({ url, labels: {}, found: false }, { settings, opened, egress }),
  });

  async function targetsNow(): Promise<{ targets: Asked[]; problems: ReadonlyMap<string, string> }> {
    if (settings.lists.length === 0) return { targets: listed, problems: new Map() };
    const { targets, problems } = await discovery.look();
    const own = new Set(settings.targets);
    const others = targets.filter(({ url }) => !own.has(url)).map((target) => ({ ...target, found: true }));
    return { targets: [...listed, ...others], problems };
  }

  async function ask(target: Asked): Promise<Round> {
    const [now, began] = [clock.now(), clock.monotonic()];
    const labels = { instance: placeOf(new URL(target.url)), job: settings.job, ...target.labels };
    const read = await answerOf(target, { settings, opened, egress });
    const found =
      "text" in read
        ? readExposition(read.text, { now, labels, openMetrics: read.openMetrics })
        : { points: [], samples: 0, bad: 0, why: "" };
    const own = (name: string, value: number, unit = ""): MetricPoint => ({
      name,
      kind: "gauge",
      unit,
      time: now,
      value,
      labels,
    });
    const ok = "text" in read;
    const problem = ok
      ? found.bad === 0
        ? ""
        : `${found.bad} lines could not be read, the first is ${found.why}`
      : read.reason;
    return {
      ok,
      problem: problem === "" ? "" : `${target.url}: ${problem}`,
      samples: found.samples,
      first: ok ? (read.text.split("\n").find((line) => line !== "" && !line.startsWith("#")) ?? "") : "",
      points: [
        ...found.points,
        own("up", ok ? 1 : 0),
        own("scrape_duration_seconds", (clock.monotonic() - began) / 1000, "s"),
        own("scrape_samples_scraped", found.samples),
      ],
    };
  }

  return {
    async probe() {
      const { targets, problems } = await targetsNow();
      const asked = targets.slice(0, Math.max(MOST_PROBED, settings.targets.length));
      const rounds = await Promise.all(asked.map(async (target) => ({ target, round: await ask(target) })));
      const unread = [...problems].map(([list, reason]) => ({
        stream: list,
        ok: false,
        said: `${list}: ${reason}`,
        records: null,
        sample: null,
      }));
      const answers = rounds.map(({ target, round }) => ({
        stream: target.url,
        ok: round.ok,
        said: round.ok ? `It answers with ${round.samples} samples.` : round.problem,
        records: round.ok ? round.points.length : null,
        sample: round.first === "" ? null : round.first.slice(0, 2_000),
      }));
      return [...unread, ...answers];
    },
    async consume({ signal, take, onListening, onTrouble }) {
      await onListening();
      const problems = new Map<string, string>();
      const say = async (target: string, problem: string): Promise<void> => {
        if ((problems.get(target) ?? "") === problem) return;
        if (problem === "") problems.delete(target);
        else problems.set(target, problem);
        const [first] = problems.values();
        await (first === undefined ? onListening() : onTrouble(first));
      };
      const every = settings.everySeconds * 1000;
      const running = new Map<string, { readonly labels: string; readonly stop: AbortController }>();
      const failed = Promise.withResolvers<never>();
      failed.promise.catch(() => {});
      const loop = async (target: Asked, first: number, own: AbortSignal): Promise<void> => {
        await rest(first, own);
        while (!own.aborted) {
          const began = clock.monotonic();
          const { points, problem } = await ask(target);
          await take({
            records: points.map(encodePoint),
            peer: "",
            kind: METRIC_RECORDS,
            cursors: [{ stream: target.url, cursor: new Date(clock.now()).toISOString() }],
          });
          await say(target.url, own.aborted ? "" : problem);
          await rest(Math.max(0, every - (clock.monotonic() - began)), own);
        }
        await say(target.url, "");
      };
      const ended: Promise<void>[] = [];
      try {
        while (!signal.aborted) {
          const { targets, problems: unread } = await targetsNow();
          for (const list of settings.lists) await say(list, unread.has(list) ? `${list}: ${unread.get(list)}` : "");
          const wanted = new Map(targets.map((target) => [target.url, JSON.stringify(target.labels)]));
          for (const [url, { labels, stop }] of running)
            if (wanted.get(url) !== labels) {
              stop.abort();
              running.delete(url);
            }
          // Apart from each other in time, so that many targets are not all asked in the same moment.
          for (const [at, target] of targets.entries()) {
            if (running.has(target.url)) continue;
            const stop = new AbortController();
            running.set(target.url, { labels: JSON.stringify(target.labels), stop });
            const own = AbortSignal.any([signal, stop.signal]);
            ended.push(loop(target, (every * at) / targets.length, own).catch(failed.reject));
          }
          await Promise.race([settings.lists.length === 0 ? never(signal) : rest(LOOK_MS, signal), failed.promise]);
        }
      } finally {
        for (const { stop } of running.values()) stop.abort();
        await Promise.all(ended);
      }
    },
  };
}

/** Answers that are shown of a trial; lists may name thousands. */
const MOST_PROBED = 20;
const LOOK_MS = 60_000;

interface Asked extends Target {
  /** By a list, and by nobody who knows our token. */
  readonly found: boolean;
}

async function answerOf(
  target: Asked,
  { settings, opened, egress }: { settings: Settings; opened: Opened; egress: Egress },
): Promise<{ readonly text: string; readonly openMetrics: boolean } | { readonly reason: string }> {
  const secrets = secretsShape.parse(opened.secrets);
  const token = target.found && !settings.tokenForListed ? undefined : secrets.token;
  // Whom lists name nobody knows before; the addresses that may be reached bind them all the same.
  const caller = target.found ? { name: opened.caller.name, allow: opened.caller.allow } : opened.caller;
  try {
    const answer = await egress.fetch({
      caller,
      method: "GET",
      url: target.url,
      headers: { accept: ACCEPT, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      timeoutMs: settings.timeoutSeconds * 1000,
      maxBytes: settings.megabytes * 2 ** 20,
    });
    if (answer.status !== 200) return { reason: `it answered ${answer.status}.` };
    return {
      text: answer.body.toString("utf8"),
      openMetrics: (answer.headers["content-type"] ?? "").startsWith("application/openmetrics-text"),
    };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

const ACCEPT = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

const never = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

/** Ends early, without an error, when it is told to stop. */
const rest = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);

const placeOf = ({ hostname, port, protocol }: URL): string =>
  `${hostname.replaceAll(/^\[|\]$/g, "")}:${port === "" ? (protocol === "https:" ? 443 : 80) : port}`;
