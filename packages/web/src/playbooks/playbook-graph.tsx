/** playbook-graph: a playbook from its start to its ends, and where a run of it stands. */
import type { PlaybookGraph as Drawn, RunStep } from "@holdfast/contracts/playbooks";
import { useMemo } from "react";
import { Graph } from "../ui/graph.tsx";

export const STEP_WORDS: Readonly<Record<string, string>> = {
  start: "",
  action: "action",
  manual: "a person",
  commands: "command",
  playbook: "playbook",
  parallel: "side by side",
  if: "if",
  while: "repeat while",
  switch: "by value",
  end: "end",
};
const STATES: Readonly<Record<RunStep["state"], string>> = {
  waiting: "waiting",
  done: "done",
  failed: "failed",
  timeout: "took too long",
  stuck: "needs a decision",
  dropped: "not needed",
};

export function PlaybookGraph(props: {
  graph: Drawn;
  /** Step -> what is wrong with it. */
  wrong?: ReadonlyMap<string, string>;
  steps?: readonly RunStep[];
  selected?: string | undefined;
  onSelect: (step: string) => void;
}) {
  const { graph, steps, wrong } = props;
  const drawn = useMemo(() => {
    const latest = new Map((steps ?? []).map((step) => [step.step, step]));
    return {
      nodes: graph.nodes.map(({ id, kind, title, detail }) => {
        const step = latest.get(id);
        const word = STEP_WORDS[kind] ?? kind;
        const mistake = wrong?.get(id);
        if (mistake !== undefined) return { id, kind: "step", title, note: mistake, tone: "critical" as const };
        const what = detail === "" || kind === "manual" ? word : `${word}: ${detail}`;
        const tone = step === undefined ? "none" : TONES[step.state];
        return { id, kind: "step", title, note: step === undefined ? what : `${STATES[step.state]} · ${word}`, tone };
      }),
      edges: graph.edges.map((edge) => ({ ...edge, dashed: edge.label.startsWith("on ") })),
    };
  }, [graph, steps, wrong]);
  return (
    <Graph
      label="Steps of the playbook"
      {...drawn}
      direction="down"
      selected={props.selected}
      focus={steps?.find(({ state }) => state === "stuck" || state === "waiting")?.step}
      onSelect={props.onSelect}
    />
  );
}

const TONES: Readonly<Record<RunStep["state"], "critical" | "high" | "now" | "over" | "none">> = {
  waiting: "now",
  done: "over",
  failed: "critical",
  timeout: "high",
  stuck: "high",
  dropped: "none",
};
