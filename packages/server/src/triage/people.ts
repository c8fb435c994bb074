/** people: who acts, in which lane of the timeline, and to whom work can be given. */
import type { Team } from "@holdfast/contracts/model";
import type { TimelineItem } from "@holdfast/contracts/triage";
import type { Actor, CallContext } from "../platform/http-contract.ts";

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly fullName: string;
  readonly team: Team;
}

export type People = () => Promise<readonly Person[]>;

/** What triage needs to know of a caller. */
export type Caller = Pick<CallContext, "actor" | "team">;

export interface Acting {
  readonly lane: TimelineItem["lane"];
  readonly actor: { readonly id: string; readonly name: string };
}

/** Members of a team, and their tokens, act in its lane; the program itself in the system's. */
export function actingAs({ actor, team }: { readonly actor: Actor; readonly team: Team }): Acting {
  return { lane: actor.kind === "system" ? "system" : team, actor: { id: actor.id, name: actor.name } };
}

/** By id or by name. */
export async function findPerson(wanted: string, people: People): Promise<Person | undefined> {
  return (await people()).find((person) => person.id === wanted || person.name === wanted);
}
