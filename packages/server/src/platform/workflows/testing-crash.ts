/** testing-crash: a process with durable workflows that a test kills. `node testing-crash.ts <url> <effects file>`: every step writes
 *  a line before it ends, so the test sees what ran and how often. Prints "ready" once it runs. */
import { appendFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../clock/index.ts";
import { silentLog } from "../log/index.ts";
import { createTables } from "../tables/index.ts";
import { createWorkflows } from "./index.ts";

const [url = "", effects = ""] = process.argv.slice(2);
const tables = await createTables({ url, engine: "embedded", log: silentLog, connections: 4 });
const workflows = createWorkflows({ tables, url, log: silentLog, clock: systemClock });

workflows.define<{ steps: number }>("crash", async (context, { steps }) => {
  for (let n = 0; n < steps; n += 1) {
    await context.step(`step ${n}`, async () => {
      await delay(5);
      appendFileSync(effects, `${context.id} ${n}\n`);
    });
  }
  const message = await context.receive<string>("go", (await context.now()) + 60_000);
  await context.step("end", async () => appendFileSync(effects, `${context.id} ended ${message}\n`));
});
await workflows.launch();
process.stdout.write("ready\n");
