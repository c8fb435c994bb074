/** people: who acts, in which lane of the timeline, and to whom work can be given. */
import type { Team } from "@holdfast/contracts/model";
import type { TimelineItem } from "@holdfast/contracts/triage";
import type { Actor } from "../platform/http-contract.ts";

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly fullName: string;
  readonly team: Team;
}

export type People = () => Promise<readonly Person[]>;

export interface Acting {
  readonly lane: TimelineItem["lane"];
  readonly actor: { readonly id: string; readonly name: string };
}

/** Members of a team act in its lane; tokens and the program itself in the system's. */
export async function actingAs(actor: Actor, people: People): Promise<Acting> {
  const person = actor.kind === "user" ? (await people()).find((candidate) => candidate.id === actor.id) : undefined;
  return { lane: person?.team ?? "system", actor: { id: actor.id, name: actor.name } };
}

/** By id or by name. */
export async function findPerson(wanted: string, people: People): Promise<Person | undefined> {
  return (await people()).find((person) => person.id === wanted || person.name === wanted);
}
