/** alertmanager: Debian's Alertmanager as a child process that tells a Holdfast of its alerts, as fast as it can be set to. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../e2e/server.ts";

export interface Alertmanager {
  /** As Prometheus or amtool would. */
  send(alerts: readonly object[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startAlertmanager(to: {
  readonly url: string;
  readonly key: string;
  readonly directory: string;
}): Promise<Alertmanager> {
  const port = await freePort();
  const file = join(to.directory, "alertmanager.yml");
  writeFileSync(
    file,
    `route:\n  receiver: holdfast\n  group_by: ["..."]\n  group_wait: 100ms\n  group_interval: 500ms\n  repeat_interval: 1h\nreceivers:\n  - name: holdfast\n    webhook_configs:\n      - url: ${to.url}/alertmanager/webhook\n        send_resolved: true\n        http_config:\n          authorization: { type: Bearer, credentials: "${to.key}" }\n`,
  );
  const flags = [
    `--config.file=${file}`,
    `--storage.path=${join(to.directory, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--cluster.listen-address=",
  ];
  const child = spawn("prometheus-alertmanager", flags, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (part: Buffer) => {
    said = (said + part.toString()).slice(-4_000);
  });
  const url = `http://127.0.0.1:${port}`;
  const until = performance.now() + 60_000;
  for (;;) {
    const ready = await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) break;
    if (child.exitCode !== null || performance.now() > until) throw new Error(`Alertmanager did not start: ${said}`);
    await sleep(100);
  }
  return {
    send: async (alerts) => {
      const answer = await fetch(`${url}/api/v2/alerts`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(alerts),
      });
      if (!answer.ok) throw new Error(`Alertmanager answered ${answer.status}: ${await answer.text()}`);
    },
    stop: async () => {
      if (child.exitCode !== null) return;
      const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      child.kill("SIGKILL");
      await ended;
    },
  };
}
