/** alert-signals: `holdfast alerts signals`, `take-out` and `put-back`: what is inside an alert, and taking it apart, from a terminal. */
import { type GroupKind, type GroupValue, groupKind, takeOutRoutes } from "@holdfast/contracts/triage-take-out";
import type { Command } from "commander";
import { type ConnectionFlags, connect, UsageError } from "../connection.ts";
import type { Output } from "../output.ts";

/** --url is the server's; rarer kinds are named by --entity. */
const KINDS = ["host", "user", "ip", "domain", "hash", "file", "process"] as const satisfies readonly GroupKind[];

export function addAlertSignals(alerts: Command, out: Output): void {
  alerts
    .command("signals")
    .description("what an alert is made of: its signals counted by what they name, and why they are one alert")
    .argument("<id>", "the alert's id")
    .option("--by <kinds>", `${groupKind.options.join(", ")}; several with commas`)
    .option("--list", "the signals themselves, newest first")
    .option("--limit <n>", "signals to list", "50")
    .option("--json", "print JSON, one line a group or a signal")
    .action((id: string, _: unknown, command: Command) =>
      showSignals({ id, flags: command.optsWithGlobals<SignalFlags & ConnectionFlags>(), out }),
    );
  const takeOut = alerts
    .command("take-out")
    .description(
      "take signals out of an alert; they are an alert of their own, and later ones of their groups go there",
    )
    .argument("<id>", "the alert's id")
    .requiredOption("--reason <text>", "why they do not belong in it")
    .option("--signal <ids>", "signals one by one; several with commas")
    .option(
      "--apart <kinds>",
      "every group but the largest, each an alert of its own: by these kinds, or by today (today's keys)",
    )
    .option("--together", "several values as one alert")
    .option("--title <text>", "title of the new alert");
  for (const kind of KINDS) takeOut.option(`--${kind} <values>`, `signals that name this ${kind}; several with commas`);
  takeOut
    .option("--entity <kind:value>", "signals that name this entity, of any kind: url:https://login.example")
    .option("--json", "print the answer as JSON")
    .action((id: string, _: unknown, command: Command) =>
      take({ id, flags: command.optsWithGlobals<TakeOutFlags & ConnectionFlags>(), out }),
    );
  alerts
    .command("put-back")
    .description("undo a take-out: what was taken out, and what came to it since, is part of the first alert again")
    .argument("<id>", "id of the alert that was taken out")
    .requiredOption("--reason <text>", "why it belongs there after all")
    .option("--together", "also the other alerts of the same request")
    .option("--json", "print the answer as JSON")
    .action(async (id: string, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<PutBackFlags & ConnectionFlags>();
      const answer = await connect(flags).call(takeOutRoutes.putBack, {
        params: { id },
        body: { reason: flags.reason, together: flags.together === true },
      });
      if (flags.json === true) out.json(answer);
      else out.say(`${answer.alert.id} has ${answer.alert.count} signals again.`);
    });
}

interface SignalFlags {
  readonly by?: string;
  readonly list?: boolean;
  readonly limit: string;
  readonly json?: boolean;
}

interface PutBackFlags {
  readonly reason: string;
  readonly together?: boolean;
  readonly json?: boolean;
}

interface Asked<Flags> {
  readonly id: string;
  /** `alerts` itself takes --json and --limit as well, and would keep them. */
  readonly flags: Flags & ConnectionFlags;
  readonly out: Output;
}

async function showSignals({ id, flags, out }: Asked<SignalFlags>): Promise<void> {
  const client = connect(flags);
  if (flags.list === true) {
    const { items, total } = await client.call(takeOutRoutes.listAlertSignals, {
      params: { id },
      query: { limit: Number(flags.limit) },
    });
    if (flags.json === true) for (const item of items) out.json(item);
    else {
      out.table(
        ["id", "time", "host", "user", "fields"],
        items.map((one) => [
          one.id,
          one.at,
          one.host,
          one.user,
          one.fields.map(({ field, value }) => `${field}=${value}`),
        ]),
      );
      out.say(`${items.length} of ${total ?? items.length} stored signals.`);
    }
    return;
  }
  const found = await client.call(takeOutRoutes.groupSignals, {
    params: { id },
    query: flags.by === undefined ? {} : { by: flags.by },
  });
  if (flags.json === true) {
    for (const group of found.groups) out.json(group);
    return;
  }
  out.table(
    [...found.by, "signals", "first seen", "last seen"],
    found.groups.map(({ values, count, firstSeen, lastSeen }) => [
      ...values.map(({ value }) => (value === "" ? "(none)" : value)),
      count,
      firstSeen,
      lastSeen,
    ]),
  );
  const { keys, windowMinutes, today } = found.why;
  const told =
    keys === null ? "the entity of its rule" : keys.length === 0 ? "nothing but the rule" : keys.join(" and ");
  const window = windowMinutes === null ? "" : ` within ${windowMinutes} minutes`;
  out.say(
    `${found.count} signals are one alert: deduplicated by ${told}${window}.${found.missing === "" ? "" : ` ${found.missing}`}`,
  );
  if (today !== null) out.say("Today's keys are others: take-out --apart today takes it apart by those.");
  if (found.putBackInto !== null) out.say(`It was put back into ${found.putBackInto}.`);
}

type TakeOutFlags = {
  readonly reason: string;
  readonly signal?: string;
  readonly apart?: string;
  readonly entity?: string;
  readonly together?: boolean;
  readonly title?: string;
  readonly json?: boolean;
} & { readonly [Kind in (typeof KINDS)[number]]?: string };

async function take({ id, flags, out }: Asked<TakeOutFlags>): Promise<void> {
  const { reason, title } = flags;
  const answer = await connect(flags).call(takeOutRoutes.takeOut, {
    params: { id },
    body: { what: whatOf(flags), reason, ...(title === undefined ? {} : { title }) },
  });
  if (flags.json === true) {
    out.json(answer);
    return;
  }
  out.table(
    ["alert", "entity", "signals"],
    [answer.kept, ...answer.taken].map((alert) => [alert.id, alert.entity.value, alert.count]),
  );
  out.say("The first line is the alert that they were taken out of. Undo: holdfast alerts put-back <id> --reason …");
}

function whatOf(flags: TakeOutFlags) {
  const named = KINDS.flatMap((kind): GroupValue[][] =>
    (flags[kind] ?? "").split(",").flatMap((value) => (value === "" ? [] : [[{ kind, value }]])),
  );
  const chosen = flags.entity === undefined ? named : [...named, [entityOf(flags.entity)]];
  const ways = [flags.signal !== undefined, flags.apart !== undefined, chosen.length > 0].filter(Boolean).length;
  if (ways !== 1)
    throw new UsageError("Say what to take out in one way: --signal, --apart, or values such as --host web02.");
  if (flags.signal !== undefined) return { kind: "signals" as const, ids: flags.signal.split(",") };
  if (flags.apart === "today") return { kind: "today" as const };
  if (flags.apart !== undefined) {
    return {
      kind: "apart" as const,
      by: flags.apart.split(",").map((kind) => {
        const known = groupKind.safeParse(kind);
        if (known.success) return known.data;
        throw new UsageError(`Signals name no "${kind}": ${groupKind.options.join(", ")}, or today.`);
      }),
    };
  }
  return { kind: "groups" as const, groups: chosen, together: flags.together === true };
}

function entityOf(text: string): GroupValue {
  const at = text.indexOf(":");
  const kind = groupKind.safeParse(text.slice(0, Math.max(at, 0)));
  if (kind.success) return { kind: kind.data, value: text.slice(at + 1) };
  throw new UsageError(`Write an entity as kind:value, with one of ${groupKind.options.join(", ")}: not "${text}".`);
}
