/** pipeline: a small rule and a pipeline over it, as text, for the tests of transformations and conditions. */
import { stringify } from "yaml";
import { parseRules, type Pipeline, readPipeline, type RuleFile } from "../index.ts";
import { shownRule } from "./shown.testing.ts";

export type Map = Readonly<Record<string, unknown>>;

export const LOGSOURCE = { product: "windows", category: "process_creation" };

export function ruleFile(selection: unknown, more: Map = {}): RuleFile {
  const rule = {
    title: "r",
    id: "r1",
    level: "high",
    status: "test",
    tags: ["attack.t1059"],
    logsource: LOGSOURCE,
    fields: ["Image", "User"],
    detection: { sel: selection, condition: "sel" },
    ...more,
  };
  return { path: "r.yml", text: stringify(rule) };
}

export function pipelineOf(transformations: readonly Map[], more: Map = {}): Pipeline {
  const read = readPipeline({ path: "p.yml", text: stringify({ name: "p", transformations, ...more }) });
  if (read.pipeline === undefined) throw new TypeError(JSON.stringify(read.problems));
  return read.pipeline;
}

/** The rule after the pipeline as text, or the code of its problem. */
export function after(transformations: readonly Map[], selection: unknown, more: Map = {}): string {
  const { rules, problems } = parseRules([ruleFile(selection, more)], {
    pipelines: [pipelineOf(transformations, { vars: { admins: ["root", "adm*"], port: 22 } })],
  });
  const [rule] = rules;
  return rule === undefined ? (problems[0]?.code ?? "nothing") : shownRule(rule);
}
