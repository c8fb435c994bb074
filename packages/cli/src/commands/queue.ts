/** queue: `holdfast alerts` and `holdfast incidents`: what is open, from a terminal. */
import { triageRoutes } from "@holdfast/contracts/triage";
import type { Command } from "commander";
import { type ConnectionFlags, connect } from "../connection.ts";
import type { Output } from "../output.ts";
import { addAlertSignals } from "./alert-signals.ts";

export function addQueue(program: Command, out: Output): void {
  const alerts = program
    .command("alerts")
    .description("list alerts, the most urgent first; see what one is made of, and take it apart")
    .option("--state <states>", "new, acknowledged, closed; several with commas", "new,acknowledged")
    .option("--limit <n>", "alerts to show", "50")
    .option("--json", "print JSON, one line an alert")
    .action(async (flags: { state: string; limit: string; json?: boolean }, command: Command) => {
      const { items } = await connect(command.optsWithGlobals<ConnectionFlags>()).call(triageRoutes.listAlerts, {
        query: { state: flags.state, limit: Number(flags.limit) },
      });
      if (flags.json === true) for (const item of items) out.json(item);
      else
        out.list(
          "alerts",
          ["severity", "title", "entity", "count", "last seen", "state", "services"],
          items.map((a) => [
            a.severity,
            a.title,
            a.entity.value,
            a.count,
            a.lastSeen,
            a.state,
            a.services.map((s) => s.name),
          ]),
        );
    });
  addAlertSignals(alerts, out);
  program
    .command("incidents")
    .description("list incidents, the most urgent first")
    .option("--state <states>", "open, contained, resolved, closed; several with commas", "open,contained")
    .option("--limit <n>", "incidents to show", "50")
    .option("--json", "print JSON, one line an incident")
    .action(async (flags: { state: string; limit: string; json?: boolean }, command: Command) => {
      const { items } = await connect(command.optsWithGlobals<ConnectionFlags>()).call(triageRoutes.listIncidents, {
        query: { state: flags.state, limit: Number(flags.limit) },
      });
      if (flags.json === true) for (const item of items) out.json(item);
      else
        out.list(
          "incidents",
          ["incident", "severity", "state", "title", "alerts", "signals", "hosts", "services"],
          items.map((i) => [
            `INC-${i.number}`,
            i.severity,
            i.state,
            i.title,
            i.alerts,
            i.signals,
            i.hosts,
            i.services.map((s) => s.name),
          ]),
        );
    });
}
