/** link-options: what rules are linked with on the command line: processing pipelines and the values of placeholders, from files that
 *  the caller names. The same for every command, so that lint, test and explain see the rules that a scan runs. */
import { promises as fs } from "node:fs";
import { basename, extname, join } from "node:path";
import { type LinkOptions, type Pipeline, readPipeline, readPlaceholderLists, type RuleProblem } from "@holdfast/sigma";
import { Option } from "commander";
import { UsageError } from "../connection.ts";

export interface LinkFlags {
  readonly pipeline?: readonly string[];
  readonly placeholders?: string;
}

export function pipelineOption(): Option {
  return new Option("--pipeline <files...>", "processing pipelines for the rules, in pySigma's YAML");
}

export function placeholdersOption(): Option {
  return new Option(
    "--placeholders <path>",
    "values of %placeholders% in rules: a YAML file, or a folder of .txt lists",
  );
}

export async function linkOptionsOf({ pipeline = [], placeholders }: LinkFlags): Promise<LinkOptions> {
  return {
    placeholders: placeholders === undefined ? {} : await listsOf(placeholders),
    pipelines: await Promise.all(pipeline.map(pipelineOf)),
  };
}

async function pipelineOf(path: string): Promise<Pipeline> {
  const text = await fs.readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`The pipeline ${path} cannot be read (${error.code ?? error.message}).`);
  });
  const { pipeline, problems } = readPipeline({ path, text });
  if (pipeline !== undefined) return pipeline;
  throw refused(problems);
}

/** A file with a list a name, or a folder of text files: one a name, with one value a line. */
async function listsOf(path: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const facts = await fs.stat(path).catch(() => {
    throw new UsageError(`There are no placeholder lists at ${path}: no such file or folder.`);
  });
  if (facts.isDirectory()) return listsBelow(path);
  const { lists, problems } = readPlaceholderLists({ path, text: await fs.readFile(path, "utf8") });
  if (problems.length > 0) throw refused(problems);
  return lists;
}

async function listsBelow(folder: string): Promise<Record<string, string[]>> {
  const lists: Record<string, string[]> = {};
  for (const name of (await fs.readdir(folder)).sort()) {
    if (extname(name) !== ".txt") continue;
    const text = await fs.readFile(join(folder, name), "utf8");
    lists[basename(name, ".txt").replaceAll("%", "")] = text
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== "");
  }
  if (Object.keys(lists).length > 0) return lists;
  throw new UsageError(`${folder} has no .txt file. Name each after its placeholder, with one value a line.`);
}

function refused(problems: readonly RuleProblem[]): UsageError {
  const told = problems.map(
    ({ path, line, column, code, message }) => `${path}:${line}:${column}: ${message} [${code}]`,
  );
  return new UsageError(told.join("\n"));
}
