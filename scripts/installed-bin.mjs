#!/usr/bin/env node
// installed-bin: `holdfast` of the installed package. On an older Node it hands over to the Node 24 that came with the package.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(import.meta.resolve("@holdfast/cli"));
if (Number(process.versions.node.split(".")[0]) >= 24) await import("@holdfast/cli");
else {
  const node = join(dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin", "node");
  const run = spawn(node, [cli, ...process.argv.slice(2)], { stdio: "inherit" });
  run.on("error", (error) => {
    process.stderr.write(
      `holdfast: it needs Node 24, this is ${process.versions.node}, and the one that comes with the package could not be started: ${error.message}\n`,
    );
    process.exitCode = 1;
  });
  run.on("exit", (code) => {
    process.exitCode = code ?? 1;
  });
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => run.kill(signal));
}
