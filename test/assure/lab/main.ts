/** main: `node test/assure/lab/main.ts` builds the lab, says how to reach it, and takes it down at Ctrl-C. */
import { labMissing, startLab } from "./lab.ts";

const missing = labMissing();
if (missing !== false) {
  console.error(`The lab cannot be built: ${missing}.`);
  process.exit(2);
}
const lab = await startLab({ onLog: (host, line) => console.error(`${host} sshd: ${line}`) });
console.log(
  JSON.stringify(
    {
      holdfast: lab.address,
      range: lab.range,
      hosts: [...lab.hosts.keys()].map((name) => lab.line(name)),
      privateKey: lab.key.privateKey,
      directory: lab.directory,
      names: lab.names,
    },
    null,
    2,
  ),
);
const down = (): void => void lab.close().then(() => process.exit(0));
process.on("SIGINT", down);
process.on("SIGTERM", down);
setInterval(() => {}, 60_000);
