/** incident-state: the state of an incident as a word. Only the open one has colour. */
import type { IncidentState } from "@holdfast/contracts/triage";
import { Tag } from "../ui/tag.tsx";

export function IncidentStateTag({ state }: { state: IncidentState }) {
  return <Tag tone={state === "open" ? "accent" : "neutral"}>{state}</Tag>;
}
