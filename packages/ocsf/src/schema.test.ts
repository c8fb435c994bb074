/** schema: our class numbers, names, activities and attribute paths against the published OCSF schema (test data). */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { allClasses } from "./classes.ts";
import { CLASS_PATHS, COLUMN_PATHS, pathsOf } from "./columns.ts";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const schema = join(process.env["HOLDFAST_TEST_DATA"] ?? join(repository, "../shared/data"), "ocsf");
const skip = existsSync(schema) ? false : "the OCSF schema is not in HOLDFAST_TEST_DATA";

interface Attribute {
  readonly enum?: Record<string, { caption: string }>;
  readonly type?: string;
  readonly object_type?: string;
}
interface Definition {
  readonly name?: string;
  readonly uid?: number;
  readonly caption?: string;
  readonly category?: string;
  readonly extends?: string;
  readonly attributes?: Record<string, Attribute | string[]>;
}

function read(file: string): Definition {
  return JSON.parse(readFileSync(file, "utf8"));
}

function folder(path: string): Definition[] {
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json"))
    .map((name) => read(join(path, name)));
}

function load() {
  const categories = read(join(schema, "categories.json")).attributes ?? {};
  const windows = folder(join(schema, "extensions/windows/events"));
  const events = new Map([...folder(join(schema, "events")), ...windows].map((event) => [event.name, event]));
  const objects = new Map<string | undefined, Definition>();
  for (const object of [...folder(join(schema, "objects")), ...folder(join(schema, "extensions/windows/objects"))]) {
    const earlier = objects.get(object.name ?? object.extends);
    const attributes = { ...earlier?.attributes, ...object.attributes };
    // A patch of the extension has no name of its own and must not extend itself.
    objects.set(object.name ?? object.extends, { ...(object.name === undefined ? earlier : object), attributes });
  }
  const dictionary = {
    ...read(join(schema, "dictionary.json")).attributes,
    ...read(join(schema, "extensions/windows/dictionary.json")).attributes,
  };
  return { categories, windows: new Set(windows.map((event) => event.name)), events, objects, dictionary };
}

function chain(start: string, definitions: ReadonlyMap<string | undefined, Definition>): Definition[] {
  const found: Definition[] = [];
  for (let name: string | undefined = start; name !== undefined; ) {
    const definition = definitions.get(name);
    if (definition === undefined) break;
    found.push(definition);
    name = definition.extends;
  }
  return found;
}

/** The published file of this class misspells its own name. */
const published = (name: string): string => (name === "event_log_activity" ? "event_log_actvity" : name);

test("every class has the number, caption and category of the schema", { skip }, () => {
  const { categories, windows, events } = load();
  for (const known of allClasses()) {
    const name = published(known.name);
    const definitions = chain(name, events);
    assert.ok(definitions.length > 0, `${known.name} is not in the schema`);
    const category = definitions.map((one) => one.category).find((one) => one !== undefined) ?? "other";
    const entry = categories[category];
    const number = entry !== undefined && !Array.isArray(entry) && "uid" in entry ? Number(entry.uid) : 0;
    const uid = (windows.has(name) ? 200_000 : 0) + number * 1000 + (definitions[0]?.uid ?? 0);
    assert.equal(known.uid, uid, known.name);
    assert.equal(known.category, number, known.name);
    assert.equal(known.caption, definitions[0]?.caption, known.name);
  }
});

test("every activity has the number and name of the schema", { skip }, () => {
  const { events } = load();
  for (const known of allClasses()) {
    const captions = new Map<number, string>();
    for (const definition of chain(published(known.name), events).reverse()) {
      const activity = definition.attributes?.["activity_id"];
      if (activity === undefined || Array.isArray(activity)) continue;
      for (const [id, value] of Object.entries(activity.enum ?? {})) captions.set(Number(id), value.caption);
    }
    for (const [id, name] of known.activities) {
      const caption = captions.get(id);
      assert.ok(caption !== undefined, `${known.name} has no activity ${id}`);
      assert.equal(name, caption.toLowerCase().replace(/\W+/g, "_"), `${known.name} ${id}`);
    }
  }
});

test("every column path is made of attributes that exist", { skip }, () => {
  const { objects, dictionary } = load();
  const paths = new Set<string>(Object.values(COLUMN_PATHS));
  for (const override of CLASS_PATHS.values()) for (const path of Object.values(override)) paths.add(path);
  for (const path of Object.values(pathsOf(1007, 3))) paths.add(path);
  assert.ok(paths.size > 40);
  for (const path of paths) {
    if (path.startsWith("unmapped.")) continue;
    let owner: string | undefined;
    for (const name of path.split(".")) {
      const attribute = dictionary[name];
      assert.ok(attribute !== undefined && !Array.isArray(attribute), `${name} of ${path} is not in the dictionary`);
      if (owner !== undefined) {
        const has = chain(owner, objects).some((object) => Object.hasOwn(object.attributes ?? {}, name));
        assert.ok(has, `object ${owner} has no ${name} (${path})`);
      }
      owner = attribute.type === "object_t" ? attribute.object_type : attribute.type;
    }
  }
});
