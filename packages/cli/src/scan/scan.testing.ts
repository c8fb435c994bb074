/** scan.testing: a scan in a folder of its own, from files and rules written for it to its exit code and result. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Output } from "../output.ts";
import { profileOf } from "./profile.ts";
import { type ScanRequest, scan } from "./run-scan.ts";

export interface Scanned {
  readonly code: number;
  readonly text: string;
  /** What was said on standard error. */
  readonly said: string;
}

export interface ScanFolder {
  readonly path: string;
  write(name: string, content: string | Buffer): string;
  /** Scans the files of `logs` with the rules of `rules`. */
  scan(different?: Partial<ScanRequest> & { readonly profileName?: string }): Promise<Scanned>;
  ndjson(different?: Partial<ScanRequest>): Promise<{ code: number; matches: Row[]; summary: Row }>;
  remove(): void;
}

export type Row = Readonly<Record<string, unknown>>;

export function scanFolder(): ScanFolder {
  const path = mkdtempSync(join(tmpdir(), "holdfast-scan-test-"));
  mkdirSync(join(path, "logs"));
  mkdirSync(join(path, "rules"));
  const folder: ScanFolder = {
    path,
    write: (name, content) => {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
    scan: async (different = {}) => {
      const said: string[] = [];
      const output = join(path, "result");
      const request: ScanRequest = {
        paths: [join(path, "logs")],
        rulePaths: [join(path, "rules")],
        filter: { minLevel: "informational", statuses: [], tags: [] },
        inputFormat: "auto",
        format: "ndjson",
        output,
        profile: profileOf(different.profileName ?? "standard"),
        sinceMs: -Infinity,
        untilMs: Infinity,
        timeline: false,
        summaryOnly: false,
        slack: false,
        workers: 1,
        logsource: undefined,
        links: {},
        ...different,
      };
      const code = await scan(request, listening(said));
      return { code, text: readFileSync(output, "utf8"), said: said.join("\n") };
    },
    ndjson: async (different = {}) => {
      const { code, text } = await folder.scan({ ...different, format: "ndjson" });
      const rows = text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Row);
      return { code, matches: rows.slice(0, -1), summary: rows.at(-1)?.["summary"] as Row };
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
  return folder;
}

function listening(said: string[]): Output {
  const say = (text: string): void => void said.push(text);
  return { json: () => {}, line: say, table: () => {}, list: () => {}, say, warn: say };
}

/** A rule for Windows events in one line of YAML each. */
export const ruleText = (id: number, detection: string, rest = ""): string => `title: Rule ${id}
id: 00000000-0000-4000-8000-${String(id).padStart(12, "0")}
status: test
${rest.includes("level:") ? "" : "level: high\n"}${rest === "" ? "" : `${rest}\n`}${rest.includes("logsource:") ? "" : "logsource: { product: windows, service: security }\n"}detection:
  selection: ${detection}
  condition: selection
`;

export const logon = (second: number, more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    Channel: "Security",
    EventID: 4625,
    TimeCreated: new Date(Date.UTC(2026, 2, 2, 8, 15, second)).toISOString(),
    Hostname: "pc7",
    TargetUserName: "ida",
    ...more,
  });
