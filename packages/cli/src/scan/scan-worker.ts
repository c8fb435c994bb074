/** scan-worker: the entry of a matching thread: rules come first, then blocks, and each block is answered. */
import { parentPort } from "node:worker_threads";
import type { Block, BlockResult, FromScanWorker, ToScanWorker } from "./block.ts";
import { createBlockMatcher } from "./match-block.ts";

const port = parentPort;
if (port === null) throw new Error("scan-worker runs as a worker thread only");
const answer = (message: FromScanWorker): void => port.postMessage(message);
let match: ((block: Block) => BlockResult) | undefined;

port.on("message", (message: ToScanWorker) => {
  if (message.kind === "rules") {
    const matcher = createBlockMatcher(message.rules, message.options);
    match = matcher.match;
    answer({ kind: "ready", problems: matcher.problems });
  } else if (match !== undefined) answer({ kind: "result", id: message.id, result: match(message.block) });
});
