/** graph: a playbook as nodes and edges, to be drawn. */
import type { PlaybookGraph } from "@holdfast/contracts/playbooks";
import { exits, kindOf, type Playbook, type Step } from "@holdfast/playbook";

export function graphOf(playbook: Playbook): PlaybookGraph {
  const nodes: PlaybookGraph["nodes"] = [{ id: "(start)", kind: "start", title: "Start", detail: "" }];
  const edges: PlaybookGraph["edges"] = [{ from: "(start)", to: playbook.start, label: "" }];
  for (const [key, step] of Object.entries(playbook.steps)) {
    nodes.push({ id: key, kind: kindOf(step) ?? "end", title: step.title ?? key, detail: detailOf(step) });
    for (const { to, by } of exits(step))
      edges.push({ from: key, to, label: by === "next" || by === "parallel" ? "" : by });
  }
  return { nodes, edges };
}

function detailOf(step: Step): string {
  if ("action" in step) return step.connector === undefined ? step.action : `${step.action} by ${step.connector}`;
  if ("manual" in step) return step.manual;
  if ("commands" in step)
    return step.commands.map(({ type, command }) => `${String(type)} ${String(command ?? "")}`).join("; ");
  if ("playbook" in step) return step.playbook;
  if ("if" in step) return typeof step.if === "string" ? step.if : step.if.cacao;
  if ("while" in step) return typeof step.while === "string" ? step.while : step.while.cacao;
  if ("switch" in step) return step.switch;
  return "";
}
