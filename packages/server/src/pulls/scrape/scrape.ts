/** scrape: targets that answer on /metrics, asked again and again. Each round of a target becomes points of one time, with `up`, how long it
 *  took and how much it was; a target that does not answer is a point too: up is 0. Other targets are not kept waiting by it. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { encodePoint, METRIC_RECORDS, type MetricPoint, readExposition } from "../../ingest/index.ts";
import type { Clock } from "../../platform/clock/index.ts";
import type { Egress } from "../../platform/egress/index.ts";
import type { Consumer, Kind, Opened } from "../kind.ts";

const settingsShape = z.strictObject({
  targets: z
    .array(z.string().regex(/^https?:\/\/[^\s@]+$/, "an address such as http://web-1:9100/metrics"))
    .min(1)
    .max(200)
    .meta({ title: "Targets", description: "One a line, such as http://web-1.example.com:9100/metrics." }),
  job: z.string().min(1).max(200).default("scrape").meta({
    title: "Job",
    description:
      "The label job of all its points: what kind of thing the targets are. A service of the estate, if one has this name.",
  }),
  everySeconds: z.number().int().min(5).max(3600).default(30).meta({ title: "Seconds between two rounds" }),
  timeoutSeconds: z.number().int().min(1).max(60).default(10).meta({ title: "Seconds a target may take" }),
  megabytes: z.number().int().min(1).max(64).default(10).meta({ title: "Largest answer in MB" }),
});

const secretsShape = z.strictObject({
  token: z.string().max(10_000).optional().meta({ title: "Bearer token", description: "Sent to every target." }),
});

export function scrapeKind({ egress, clock }: { readonly egress: Egress; readonly clock: Clock }): Kind {
  return {
    kind: "scrape",
    via: "pull",
    title: "Metrics of targets (Prometheus, OpenMetrics)",
    description: "Asks exporters and applications for the metrics on their /metrics page.",
    docs: "https://prometheus.io/docs/instrumenting/exposition_formats/",
    before: ["Targets on private addresses must stand in the list of addresses it may reach."],
    settings: settingsShape,
    secrets: secretsShape,
    everySeconds: null,
    backfill: false,
    promise: "A round that could not be taken is not asked for again: the next one says more.",
    reaches: (settings) => {
      const { targets } = settingsShape.parse(settings);
      return [...new Set(targets.filter((target) => URL.canParse(target)).map((target) => placeOf(new URL(target))))];
    },
    open: (opened) => ({ how: "listening", consumer: createScraper({ egress, clock }, opened) }),
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

function createScraper(
  { egress, clock }: { readonly egress: Egress; readonly clock: Clock },
  opened: Opened,
): Consumer {
  const settings = settingsShape.parse(opened.settings);

  async function ask(target: string): Promise<Round> {
    const [now, began] = [clock.now(), clock.monotonic()];
    const labels = { instance: placeOf(new URL(target)), job: settings.job };
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
      problem: problem === "" ? "" : `${target}: ${problem}`,
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
      const rounds = await Promise.all(settings.targets.map(async (target) => ({ target, round: await ask(target) })));
      return rounds.map(({ target, round }) => ({
        stream: target,
        ok: round.ok,
        said: round.ok ? `It answers with ${round.samples} samples.` : round.problem,
        records: round.ok ? round.points.length : null,
        sample: round.first === "" ? null : round.first.slice(0, 2_000),
      }));
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
      // Apart from each other in time, so that many targets are not all asked in the same moment.
      const every = settings.everySeconds * 1000;
      const loops = settings.targets.map(async (target, at) => {
        await rest((every * at) / settings.targets.length, signal);
        while (!signal.aborted) {
          const began = clock.monotonic();
          const { points, problem } = await ask(target);
          await take({
            records: points.map(encodePoint),
            peer: "",
            kind: METRIC_RECORDS,
            cursors: [{ stream: target, cursor: new Date(clock.now()).toISOString() }],
          });
          await say(target, problem);
          await rest(Math.max(0, every - (clock.monotonic() - began)), signal);
        }
      });
      await Promise.all(loops);
    },
  };
}

async function answerOf(
  target: string,
  { settings, opened, egress }: { settings: Settings; opened: Opened; egress: Egress },
): Promise<{ readonly text: string; readonly openMetrics: boolean } | { readonly reason: string }> {
  const { token } = secretsShape.parse(opened.secrets);
  try {
    const answer = await egress.fetch({
      caller: opened.caller,
      method: "GET",
      url: target,
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

/** Ends early, without an error, when it is told to stop. */
const rest = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);

const placeOf = ({ hostname, port, protocol }: URL): string =>
  `${hostname.replaceAll(/^\[|\]$/g, "")}:${port === "" ? (protocol === "https:" ? 443 : 80) : port}`;
