/** lab: `npm run lab`: the whole response loop on real hosts, by one command: five hosts in network namespaces with sshd, slapd and bind9,
 *  an intrusion on one of them, and what becomes of it until the undo; a picture of each step; then the way from alert to verified
 *  containment, timed so many times. `-- --rounds <n>` (10), `-- --pictures <folder>` (docs/screens). Takes root and Debian's packages. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { labMissing } from "../test/assure/lab/lab.ts";
import { noBrowser } from "../test/e2e/browser.ts";

const root = join(import.meta.dirname, "..");
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "10" },
    pictures: { type: "string", default: join(root, "docs", "screens") },
  },
});
const missing = labMissing();
const lacking = missing === false ? noBrowser : missing;
if (lacking !== false) {
  console.error(`The lab cannot be built: ${lacking}.`);
  process.exit(2);
}
if (!(Number(values.rounds) > 0)) {
  console.error(`--rounds ${values.rounds}: a number above 0 is expected.`);
  process.exit(2);
}
const run = spawn(
  process.execPath,
  ["--test", "--test-reporter=spec", join(root, "test", "assure", "response.test.ts")],
  {
    stdio: "inherit",
    env: { ...process.env, HOLDFAST_TEST_ROUNDS: values.rounds, HOLDFAST_TEST_SCREENSHOTS: values.pictures },
  },
);
run.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
