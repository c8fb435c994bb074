/** keeper: ends the database some seconds after its parent was killed. A small shell process holds one end of a pipe whose other end is
 *  ours: when the pipe closes without a word, it asks the server to stop in good order, unless another parent has claimed it by then. */
import { randomBytes } from "node:crypto";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROGRAM_PATH } from "./identity.ts";

export interface Keeper {
  /** The server was stopped by us. */
  dismiss(): void;
}

/** Long enough for a parent that is started again at once to take the server over as it runs. */
const GRACE_SECONDS = 8;

/** The pid is read at the end only: the server may have been started anew meanwhile. A number that has passed to another program is
 *  told by its working directory, which is the data directory of a server. SIGINT is PostgreSQL's fast shutdown. */
const SCRIPT = `
read -r word && [ "$word" = done ] && exit 0
sleep "$4"
[ "$(cat "$1" 2>/dev/null)" = "$2" ] || exit 0
read -r pid < "$3/postmaster.pid" || exit 0
[ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" = "$3" ] && kill -INT "$pid"
`;

/** Claims the server for this process, so that the keeper of an earlier one leaves it alone. */
export function keepServer(directory: string, dataDirectory: string): Keeper {
  const claim = join(directory, "pg.keeper");
  const token = randomBytes(12).toString("hex");
  writeFileSync(claim, token, { mode: 0o600 });
  const parameters = [claim, token, dataDirectory, String(GRACE_SECONDS)];
  const child = spawn("/bin/sh", ["-c", SCRIPT, "holdfast-keeper", ...parameters], {
    // A Ctrl-C in the terminal is for us, not for it.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: { PATH: PROGRAM_PATH },
    cwd: "/",
  });
  // Without a shell the server outlives a killed parent, and the next start takes it over.
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  child.unref();
  if ("unref" in child.stdin && typeof child.stdin.unref === "function") child.stdin.unref();
  return {
    dismiss: () => {
      child.stdin.end("done\n");
    },
  };
}
