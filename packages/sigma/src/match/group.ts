/**
 * group: rules that see the same kind of event under the same field names, with the index that finds the few of them an
 * event could match.
 */
import { type CandidateIndex, createCandidateIndex } from "../index/candidate-index.ts";
import type { Possible } from "../index/field-index.ts";
import type { SearchPool } from "../index/inside.ts";
import type { Access } from "./access.ts";
import type { CompiledRule } from "./compiled-rule.ts";
import type { EventView } from "./event-view.ts";
import { projectionOn } from "./projection.ts";

export interface Group {
  readonly access: readonly Access[];
  /** Finds the candidates for the event in the view and returns how many there are. */
  candidates(view: EventView): number;
  candidate(position: number): CompiledRule | undefined;
}

/** The index is made when the first event asks for it: most groups never see one. */
export function createGroup(
  members: readonly CompiledRule[],
  access: readonly Access[],
  parts: { readonly pool: SearchPool; readonly fieldNames: readonly string[] },
): Group {
  const possible: Possible = (member, field) => {
    const rule = members[member];
    const name = parts.fieldNames[field];
    if (rule === undefined || name === undefined) return () => true;
    return projectionOn(name, rule.condition, rule.context);
  };
  let index: CandidateIndex | undefined;
  return {
    access,
    candidates: (view) => {
      index ??= createCandidateIndex(
        members.map(({ witnesses }) => witnesses),
        { pool: parts.pool, possible },
      );
      return index.find(view);
    },
    candidate: (position) => (index === undefined ? undefined : members[index.at(position)]),
  };
}
