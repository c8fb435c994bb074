/** changes: what is planned and under way in the demo, fed as another system would feed it; its times count from now. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { changeFile, changeRoutes } from "@holdfast/contracts/changes";
import { PLACES } from "@holdfast/server/places";
import { parse } from "yaml";
import type { Client } from "../client.ts";

/** As the file has it: minutes from now in place of times. */
interface DemoChange extends Record<string, unknown> {
  readonly state: string;
  readonly from: number;
  readonly until: number;
}

const MINUTE_MS = 60_000;

export async function feedChanges(client: Client, nowMs: number): Promise<void> {
  const written = parse(readFileSync(join(PLACES.estate, "demo-changes.yaml"), "utf8")) as DemoChange[];
  for (const { externalId, ...body } of changeFile.parse(written.map((one) => timed(one, nowMs))))
    await client.call(changeRoutes.feedChange, { params: { id: externalId }, body });
}

function timed({ from, until, ...change }: DemoChange, nowMs: number): Record<string, unknown> {
  const at = (minutes: number): string => new Date(nowMs + minutes * MINUTE_MS).toISOString();
  const begun = change.state === "running" || change.state === "done";
  return {
    ...change,
    plannedStart: at(from),
    plannedEnd: at(until),
    actualStart: begun ? at(from) : null,
    actualEnd: change.state === "done" ? at(until) : null,
  };
}
