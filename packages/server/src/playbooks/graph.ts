/** graph: a playbook as nodes and edges, to be drawn as it runs: what comes after a choice or after several branches is tied to where
 *  those end, and not to where they begin. */
import type { PlaybookGraph } from "@holdfast/contracts/playbooks";
import { exits, kindOf, type Playbook, type Step } from "@holdfast/playbook";

export function graphOf(playbook: Playbook): PlaybookGraph {
  const nodes: PlaybookGraph["nodes"] = [{ id: "(start)", kind: "start", title: "Start", detail: "" }];
  const labels = new Map<string, { from: string; to: string; all: string[] }>();
  const tie = (from: string, to: string, label: string): void => {
    const known = labels.get(`${from}\n${to}`) ?? { from, to, all: [] };
    labels.set(`${from}\n${to}`, { ...known, all: [...known.all, label] });
  };
  tie("(start)", playbook.start, "");
  for (const [key, step] of Object.entries(playbook.steps)) {
    nodes.push({ id: key, kind: kindOf(step) ?? "end", title: step.title ?? key, detail: detailOf(step) });
    const heads = branchesOf(step);
    for (const { to, by } of exits(step)) {
      if (by !== "next" || heads.length === 0) tie(key, to, wordOf(by));
      else {
        if (!("while" in step)) for (const end of endsOf(playbook, heads)) tie(end, to, leaving(playbook, end));
        const past = withoutBranch(step);
        if (past !== undefined) tie(key, to, past);
      }
    }
    if ("while" in step) for (const end of endsOf(playbook, heads)) tie(end, key, "again");
  }
  const edges = [...labels.values()].map(({ from, to, all }) => ({
    from,
    to,
    // One way that is always taken needs no words about the others.
    label: all.includes("") ? "" : [...new Set(all)].join(", "),
  }));
  return { nodes, edges };
}

/** The first steps of what it chooses from, repeats, or does side by side. */
function branchesOf(step: Step): string[] {
  return exits(step).flatMap(({ to, by }) => (by === "next" || by.startsWith("on ") || !isFork(step) ? [] : [to]));
}

const isFork = (step: Step): boolean => "parallel" in step || "if" in step || "while" in step || "switch" in step;

/** How a step with branches is passed without any of them. */
function withoutBranch(step: Step): string | undefined {
  if ("while" in step) return "when over";
  if ("if" in step) return step.else === undefined ? "else" : undefined;
  if ("switch" in step) return step.default === undefined ? "else" : undefined;
  return undefined;
}

/** The words on the way from where a branch ends: of a choice in it that nothing of was taken, when that is. */
function leaving(playbook: Playbook, end: string): string {
  const step = playbook.steps[end];
  return step === undefined ? "" : (withoutBranch(step) ?? "");
}

/** The steps at which these branches end. */
function endsOf(playbook: Playbook, heads: readonly string[], seen = new Set<string>()): string[] {
  return heads.flatMap((key) => {
    const step = playbook.steps[key];
    if (step === undefined || seen.has(key)) return [];
    seen.add(key);
    const onward = exits(step).flatMap(({ to, by }) => (by === "next" || by.startsWith("on ") ? [to] : []));
    const found = endsOf(playbook, onward, seen);
    if ("next" in step && step.next !== undefined) return found;
    const inner = branchesOf(step);
    const passed = inner.length === 0 || withoutBranch(step) !== undefined;
    const within = "while" in step ? [] : endsOf(playbook, inner, seen);
    return [...found, ...within, ...(passed ? [key] : [])];
  });
}

function wordOf(by: string): string {
  if (by === "next" || by === "parallel") return "";
  if (by === "default") return "else";
  return by === "do" ? "repeat" : by;
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
