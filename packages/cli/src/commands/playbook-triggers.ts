/** playbook-triggers: what suggests or starts playbooks, what a condition would have fired on, and what was suggested on an incident. */
import { triggerRoutes } from "@holdfast/contracts/playbook-triggers";
import type { Command } from "commander";
import { type ConnectionFlags, connect } from "../connection.ts";
import type { Output } from "../output.ts";

type Flags = ConnectionFlags & { readonly json?: boolean };

export function addPlaybookTriggers(playbooks: Command, out: Output): void {
  playbooks
    .command("triggers [playbook]")
    .description("the conditions that suggest or start a playbook, and how often they fired")
    .option("--json", "print JSON, one line a trigger")
    .action(async (playbook: string | undefined, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const { items } = await connect(flags).call(triggerRoutes.listPlaybookTriggers, { query: { playbook } });
      if (flags.json === true) return items.forEach((item) => out.json(item));
      out.table(
        ["trigger", "playbook", "mode", "fired", "condition"],
        items.map((one) => [one.id, one.playbookId, one.enabled ? one.mode : "off", one.fired, one.condition]),
      );
      for (const { id, error, problem } of items) {
        if (error !== null) out.warn(`${id}: could not be worked out on ${error.incidentId}: ${error.reason}`);
        if (problem !== "") out.warn(`${id}: ${problem}`);
      }
    });
  playbooks
    .command("try-trigger <condition>")
    .description("on which of the newest 50 incidents a condition is true; ends with 1 when it has a mistake")
    .option("--json", "print JSON")
    .action(async (condition: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const trial = await connect(flags).call(triggerRoutes.tryPlaybookTrigger, { body: { condition } });
      if (trial.mistake !== null) process.exitCode = 1;
      if (flags.json === true) return out.json(trial);
      if (trial.mistake !== null) {
        const where = trial.mistake.at === null ? "" : `character ${trial.mistake.at + 1}: `;
        return out.warn(`${where}${trial.mistake.reason}`);
      }
      for (const { number, title } of trial.fired) out.line(`INC-${number} ${title}`);
      for (const { number, reason } of trial.errors) out.warn(`INC-${number}: ${reason}`);
      out.say(`true on ${trial.fired.length} of the newest ${trial.asked}`);
    });
  playbooks
    .command("suggestions <incident>")
    .description("what triggers suggested or started on an incident, and why")
    .option("--json", "print JSON, one line a suggestion")
    .action(async (incident: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const { items } = await connect(flags).call(triggerRoutes.listPlaybookSuggestions, { query: { incident } });
      if (flags.json === true) return items.forEach((item) => out.json(item));
      out.table(
        ["playbook", "state", "because", "run"],
        items.map((one) => [one.playbookId, one.state, one.triggerName, one.runId ?? ""]),
      );
    });
}
