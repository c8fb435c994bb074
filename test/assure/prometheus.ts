/** prometheus: Debian's Prometheus, as a monitoring team runs it: it asks Holdfast's own /metrics every second, writes all of it to
 *  Holdfast, and sends it the alerts of its own rules. It ends with the test. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Prometheus {
  stop(): Promise<void>;
}

export function startPrometheus(given: {
  readonly url: string;
  /** Of a source. */
  readonly key: string;
  /** Of the source for its alerts: it takes Holdfast for its Alertmanager. */
  readonly alertKey: string;
  /** Of somebody who may read /metrics. */
  readonly token: string;
  /** The label host of what it asks. */
  readonly host: string;
  readonly directory: string;
  /** Where it writes and alerts, when that is not the one port. */
  readonly ports?: { readonly write: number; readonly alerts: number };
}): Prometheus {
  const home = join(given.directory, "prometheus");
  mkdirSync(home, { recursive: true });
  const config = join(home, "prometheus.yml");
  const rules = join(home, "rules.yml");
  const alert = {
    alert: "QueueIsWatched",
    expr: "up == 1",
    labels: { severity: "critical" },
    annotations: { summary: "the queue of {{ $labels.host }} is watched" },
  };
  writeFileSync(rules, JSON.stringify({ groups: [{ name: "own", rules: [alert] }] }));
  const write = given.ports === undefined ? given.url : `http://127.0.0.1:${given.ports.write}`;
  const alerts = given.ports === undefined ? new URL(given.url).host : `127.0.0.1:${given.ports.alerts}`;
  // JSON is YAML as well.
  const text = JSON.stringify({
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: [rules],
    alerting: {
      alertmanagers: [
        {
          api_version: "v2",
          path_prefix: given.ports === undefined ? "/alertmanager" : "/",
          authorization: { credentials: given.alertKey },
          static_configs: [{ targets: [alerts] }],
        },
      ],
    },
    scrape_configs: [
      {
        job_name: "holdfast",
        authorization: { credentials: given.token },
        static_configs: [{ targets: [new URL(given.url).host], labels: { host: given.host } }],
      },
    ],
    remote_write: [
      {
        url: `${write}/api/v1/write`,
        authorization: { credentials: given.key },
        queue_config: { batch_send_deadline: "1s", min_backoff: "100ms", max_backoff: "1s" },
        metadata_config: { send_interval: "1s" },
      },
    ],
  });
  writeFileSync(config, text);
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  const child = spawn(
    "prometheus",
    [`--config.file=${config}`, `--storage.tsdb.path=${join(home, "data")}`, `--web.listen-address=127.0.0.1:${port}`],
    { stdio: "ignore" },
  );
  return {
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
