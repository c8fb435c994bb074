/** command: runs a program and waits; what fails says what it printed. */
import { spawnSync } from "node:child_process";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function ran(argv: readonly string[], input?: string): Ran {
  const [program = "", ...rest] = argv;
  const result = spawnSync(program, rest, {
    encoding: "utf8",
    timeout: 30_000,
    ...(input === undefined ? {} : { input }),
  });
  return {
    code: result.status ?? -1,
    stdout: result.stdout ?? "",
    stderr: result.stderr ?? String(result.error ?? ""),
  };
}

export function must(argv: readonly string[], input?: string): Ran {
  const result = ran(argv, input);
  if (result.code === 0) return result;
  throw new Error(`${argv.join(" ")} ended with code ${result.code}: ${result.stderr}${result.stdout}`);
}

/** Asks again until it is so. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt++) {
    if (isSo()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`It did not happen within 15 s: ${what}.`);
}
