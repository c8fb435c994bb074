/** library: reads the definitions once at start. A broken file is named in the log and left out; it never stops the others. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type Definition, definition } from "./definition.ts";
import { placesOf } from "./template.ts";

export interface Library {
  readonly definitions: readonly Definition[];
  readonly problems: readonly string[];
}

const ENDING = ".yml";

export function readLibrary(directory: string): Library {
  const definitions: Definition[] = [];
  const problems: string[] = [];
  for (const file of readdirSync(directory).sort()) {
    if (!file.endsWith(ENDING)) continue;
    const read = readDefinition(readFileSync(join(directory, file), "utf8"), file.slice(0, -ENDING.length));
    if (read.ok) definitions.push(read.definition);
    else problems.push(...read.problems.map((problem) => `${file}: ${problem}`));
  }
  return { definitions, problems };
}

/** @param kind the file's name: it must be the definition's */
export function readDefinition(
  text: string,
  kind: string,
): { ok: true; definition: Definition } | { ok: false; problems: readonly string[] } {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    return { ok: false, problems: [error instanceof Error ? error.message : String(error)] };
  }
  const read = definition.safeParse(value);
  if (!read.success)
    return { ok: false, problems: read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) };
  const problems = [
    ...(read.data.kind === kind ? [] : [`the kind "${read.data.kind}" is not the name of the file`]),
    ...unknownPlaces(read.data),
  ];
  return problems.length > 0 ? { ok: false, problems } : { ok: true, definition: read.data };
}

/** Secrets go into the authentication only: an address or a header of a stream stands in logs and errors. */
function unknownPlaces({ settings, secrets, auth, streams }: Definition): string[] {
  const inSettings = Object.keys(settings).map((name) => `settings.${name}`);
  const inSecrets = Object.keys(secrets).map((name) => `secrets.${name}`);
  const check = (value: unknown, known: readonly string[], where: string): string[] =>
    textsIn(value)
      .flatMap(placesOf)
      .filter((place) => !known.includes(place))
      .map((place) => `${where}: there is nothing to put in for {${place}}`);
  return [
    ...check(auth, [...inSettings, ...inSecrets], "auth"),
    ...streams.flatMap((stream) => check(stream, [...inSettings, "since", "until", "page"], `streams.${stream.id}`)),
    ...streams.flatMap(({ id, when }) =>
      when === undefined || settings[when]?.type === "switch" ? [] : [`streams.${id}: there is no switch "${when}"`],
    ),
  ];
}

const textsIn = (value: unknown): string[] =>
  typeof value === "string"
    ? [value]
    : typeof value === "object" && value !== null
      ? Object.values(value).flatMap(textsIn)
      : [];
