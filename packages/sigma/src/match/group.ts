/**
 * group: rules that see the same kind of event under the same field names, with the index that finds the few of them an
 * event could match.
 */
import { createCandidateIndex, type SearchPool } from "../index/candidate-index.ts";
import type { Aliases } from "../routing/routes.ts";
import { type Access, accessTo } from "./access.ts";
import type { CompiledRule } from "./compiled-rule.ts";
import type { EventView } from "./event-view.ts";

export interface Group {
  readonly access: readonly Access[];
  /** Finds the candidates for the event in the view and returns how many there are. */
  candidates(view: EventView): number;
  candidate(position: number): CompiledRule | undefined;
}

/** What all groups of an engine share. */
export interface GroupBuild {
  readonly fieldNames: readonly string[];
  readonly pool: SearchPool;
}

export function createGroup(members: readonly CompiledRule[], aliases: Aliases, build: GroupBuild): Group {
  const index = createCandidateIndex(
    members.map(({ witnesses }) => witnesses),
    build.pool,
  );
  return {
    access: build.fieldNames.map((name) => accessTo(name, aliases)),
    candidates: (view) => index.find(view),
    candidate: (position) => members[index.at(position)],
  };
}
