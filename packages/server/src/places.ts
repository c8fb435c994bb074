/** places: where the files that come with the program are: rules, scenarios, the demo estate, the built web interface.
 *  Found through package resolution, so that a clone and an installed package work alike. */
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const packageFile = (name: string): string => fileURLToPath(import.meta.resolve(name));

const content = dirname(packageFile("@holdfast/content"));

export const PLACES = {
  rules: join(content, "rules"),
  exercises: join(content, "exercises"),
  playbooks: join(content, "..", "playbooks"),
  triggers: join(content, "..", "triggers"),
  pulls: join(content, "..", "pulls"),
  estate: join(content, "..", "estate"),
  web: join(dirname(packageFile("@holdfast/web/package.json")), "dist"),
  /** The worker's entry, with the ending that this file itself has (.ts in a clone, .js when built). */
  worker: new URL(`./worker${extname(import.meta.url)}`, import.meta.url),
} as const;
