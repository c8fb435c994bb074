/** link-files: what all rules are linked with: the processing pipelines and placeholder lists that the settings name, read as texts
 *  and from texts to options. The main thread and every worker take this way, so that a rule means the same in both. */
import type { RuleProblem } from "@holdfast/contracts/detect";
import { type LinkOptions, type Pipeline, readPipeline, readPlaceholderLists } from "@holdfast/sigma";
import { qualifiedPath, readRuleFiles, type RuleFolder, type RuleText } from "./rule-files.ts";

export interface LinkPlaces {
  readonly pipelines: readonly RuleFolder[];
  readonly placeholders: readonly RuleFolder[];
}

export interface LinkTexts {
  readonly pipelines: readonly RuleText[];
  readonly placeholders: readonly RuleText[];
}

interface ReadLinks {
  readonly options: LinkOptions;
  readonly problems: readonly RuleProblem[];
}

export interface LinkFilesRead extends ReadLinks {
  readonly texts: LinkTexts;
}

export const NO_LINKS: LinkFilesRead = { texts: { pipelines: [], placeholders: [] }, options: {}, problems: [] };

export function linkPlaces(settings: {
  readonly pipelines?: readonly string[];
  readonly placeholders?: string | undefined;
}): LinkPlaces {
  const { pipelines = [], placeholders } = settings;
  return {
    pipelines: pipelines.map((place) => ({ pack: place, place, setting: "rules.pipelines" })),
    placeholders:
      placeholders === undefined ? [] : [{ pack: placeholders, place: placeholders, setting: "rules.placeholders" }],
  };
}

export async function readLinkFiles(places: LinkPlaces): Promise<LinkFilesRead> {
  const pipelines = await readRuleFiles(places.pipelines);
  const placeholders = await readRuleFiles(places.placeholders);
  const texts = { pipelines: pipelines.files, placeholders: placeholders.files };
  const { options, problems } = linkOptionsOf(texts);
  return { texts, options, problems: [...pipelines.problems, ...placeholders.problems, ...problems] };
}

/** A file that cannot be used is a problem and is left out; the others are in force. */
export function linkOptionsOf(texts: LinkTexts): ReadLinks {
  const problems: RuleProblem[] = [];
  const pipelines: Pipeline[] = [];
  const lists = new Map<string, Set<string>>();
  for (const { pack, path, text } of texts.pipelines) {
    const read = readPipeline({ path: qualifiedPath({ pack, path }), text });
    if (read.pipeline !== undefined) pipelines.push(read.pipeline);
    problems.push(...read.problems.map((problem) => ({ ...problem, pack, path })));
  }
  for (const { pack, path, text } of texts.placeholders) {
    const read = readPlaceholderLists({ path: qualifiedPath({ pack, path }), text });
    for (const [name, values] of Object.entries(read.lists))
      lists.set(name, new Set([...(lists.get(name) ?? []), ...values]));
    problems.push(...read.problems.map((problem) => ({ ...problem, pack, path })));
  }
  const placeholders = Object.fromEntries([...lists].map(([name, values]) => [name, [...values]]));
  return { options: { pipelines, placeholders }, problems };
}
