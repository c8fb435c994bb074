/** kafka-cell.testing: librdkafka's test broker in a network of its own, whose only way out is a socket in a folder. So a server that speaks TLS
 *  can stand at the very address that the broker names to its clients. Run as `unshare -rn node kafka-cell.testing.ts <socket>`. */
import { spawn, spawnSync } from "node:child_process";
import { connect, createServer } from "node:net";

const [, , socket = ""] = process.argv;
spawnSync("ip", ["link", "set", "lo", "up"]);
const broker = spawn("kcat", ["-C", "-b", "x", "-t", "z", "-X", "test.mock.num.brokers=1", "-d", "mock"], {
  stdio: ["ignore", "pipe", "pipe"],
});
process.on("exit", () => broker.kill("SIGKILL"));
process.on("SIGTERM", () => process.exit());
process.stdin.resume().on("end", () => process.exit());
broker.on("exit", () => process.exit(1));
let said = "";
for (const stream of [broker.stdout, broker.stderr])
  stream.on("data", (part: Buffer) => {
    if (port() !== undefined) return;
    said += part.toString();
    const found = port();
    if (found !== undefined)
      createServer((near) => {
        const far = connect(found, "127.0.0.1");
        near.pipe(far).pipe(near);
        for (const end of [near, far])
          end.on("error", () => {
            near.destroy();
            far.destroy();
          });
      }).listen(socket, () => process.stdout.write(`broker ${found}\n`));
  });

function port(): number | undefined {
  const found = /bootstrap\.servers=127\.0\.0\.1:(\d+)/.exec(said)?.[1];
  return found === undefined ? undefined : Number(found);
}
