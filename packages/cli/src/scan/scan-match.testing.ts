/** scan-match.testing: a rule and a match of it, with what a test wants different. */
import type { ScanMatch, ScanRule } from "./scan-match.ts";

export const scanRule = (different: Partial<ScanRule> = {}): ScanRule => ({
  index: 0,
  id: "11111111-1111-4111-8111-111111111111",
  title: "A rule",
  level: "medium",
  status: "test",
  description: "It looks for something. And more.",
  author: "",
  references: [],
  falsepositives: [],
  tags: ["attack.execution", "attack.t1059"],
  tactics: ["execution"],
  techniques: ["T1059"],
  path: "rules/a.yml",
  source: "windows / process_creation",
  ...different,
});

export const scanMatch = (different: Partial<ScanMatch> = {}): ScanMatch => ({
  rule: scanRule(),
  timeMs: Date.UTC(2026, 2, 2, 8, 15, 4, 250),
  timeNs: 0,
  timed: true,
  host: "pc7",
  user: "ida",
  channel: "Security",
  eventCode: "4688",
  file: "logs/a.ndjson",
  record: 7,
  slack: false,
  fields: [{ field: "Image", value: "C:\\x.exe", pattern: "*.exe", selection: "selection" }],
  event: undefined,
  correlation: undefined,
  ...different,
});
