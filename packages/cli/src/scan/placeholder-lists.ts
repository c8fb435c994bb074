/** placeholder-lists: the values of `%placeholders%` in rules: a YAML or JSON file with a list a name (pySigma's `vars:` too), or a
 *  folder of text files, one a name with one value a line. */
import { promises as fs } from "node:fs";
import { basename, extname, join } from "node:path";
import { parse } from "yaml";
import { UsageError } from "../connection.ts";

export async function readPlaceholders(path: string): Promise<Record<string, string[]>> {
  const facts = await fs.stat(path).catch(() => {
    throw new UsageError(`There are no placeholder lists at ${path}: no such file or folder.`);
  });
  if (facts.isDirectory()) return readFolder(path);
  let value: unknown;
  try {
    value = parse(await fs.readFile(path, "utf8"));
  } catch (error) {
    throw new UsageError(`${path} is no YAML or JSON (${error instanceof Error ? error.message : String(error)}).`);
  }
  const lists = isMap(value) && isMap(value["vars"]) ? value["vars"] : value;
  if (!isMap(lists)) throw wrong(path);
  return Object.fromEntries(
    Object.entries(lists).map(([name, list]) => {
      const values = Array.isArray(list) ? list : [list];
      if (!values.every(isPlain)) throw wrong(`${path}: ${name}`);
      return [plainName(name), values.map(String)];
    }),
  );
}

async function readFolder(folder: string): Promise<Record<string, string[]>> {
  const lists: Record<string, string[]> = {};
  for (const name of (await fs.readdir(folder)).sort()) {
    if (extname(name) !== ".txt") continue;
    const text = await fs.readFile(join(folder, name), "utf8");
    lists[plainName(basename(name, ".txt"))] = text
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== "");
  }
  if (Object.keys(lists).length > 0) return lists;
  throw new UsageError(`${folder} has no .txt file. Name each after its placeholder, with one value a line.`);
}

const plainName = (name: string): string => name.replaceAll("%", "");

const wrong = (place: string): UsageError =>
  new UsageError(`${place} is no list. Write a name and its values, like "admins: [alice, bob]".`);

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isPlain = (value: unknown): boolean => typeof value === "string" || typeof value === "number";
