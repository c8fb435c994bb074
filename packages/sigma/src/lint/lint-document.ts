/**
 * lint-document: one document of a rule file as the checks see it: its plain value, the items of its detection with the path to
 * each value, and the places in the text. It takes whatever is there; what cannot be read is the loader's to report.
 */
import { isAlias, parseAllDocuments } from "yaml";
import type { Expression } from "../detection.ts";
import { parseCondition } from "../load/condition.ts";
import { isRecord, type Path } from "../load/detection-reader.ts";
import { readPlainYaml } from "../load/plain-yaml.ts";
import type { Logsource, RuleFile } from "../rule.ts";
import { SourceText } from "./source-text.ts";

export interface LintValue {
  readonly value: unknown;
  readonly path: Path;
}

/** One field with its values: a line `Image|endswith: …` of a selection. */
export interface LintItem {
  readonly selection: string;
  /** As written, modifiers and all; "" for a keyword. */
  readonly key: string;
  /** "" for keywords. */
  readonly field: string;
  readonly modifiers: readonly string[];
  /** Leads to the value; its last part is the key, unless the item is a keyword. */
  readonly path: Path;
  /** Whether the values are written as a list. */
  readonly list: boolean;
  readonly values: readonly LintValue[];
  /** The keys beside it in the same map, its own included. */
  readonly siblings: readonly string[];
}

export interface LintDocument {
  readonly file: RuleFile;
  readonly kind: "rule" | "correlation" | "filter";
  readonly value: Readonly<Record<string, unknown>>;
  readonly source: SourceText;
  readonly logsource: Logsource;
  readonly items: readonly LintItem[];
  /** Names of the selections in the order of the file. */
  readonly selections: readonly string[];
  readonly conditions: readonly { readonly text: string; readonly path: Path }[];
  /** The meaning of one of the conditions; undefined when it has none. */
  readonly conditionAt: (text: string) => Expression | undefined;
}

/** Documents that are not maps are left out: the loader reports them. */
export function lintDocuments(file: RuleFile): LintDocument[] {
  const plain = readPlainYaml(file.text);
  const values = plain === undefined ? fullValues(file.text) : [plain];
  return values.flatMap((value, index) => (isRecord(value) ? [documentOf(file, value, index)] : []));
}

function fullValues(text: string): unknown[] {
  const parsed = parseAllDocuments(text, { logLevel: "silent" });
  return (Array.isArray(parsed) ? parsed : []).map((document): unknown => {
    if (document.errors.length > 0 || isAlias(document.contents)) return undefined;
    try {
      return document.toJS({ maxAliasCount: 100 });
    } catch {
      return undefined;
    }
  });
}

function documentOf(file: RuleFile, value: Record<string, unknown>, index: number): LintDocument {
  const kind = value["correlation"] !== undefined ? "correlation" : value["filter"] !== undefined ? "filter" : "rule";
  const where: Path = kind === "filter" ? ["filter"] : ["detection"];
  const detection = kind === "correlation" ? undefined : value[String(where[0])];
  const parts = isRecord(detection) ? Object.entries(detection).filter(([name]) => !NOT_SELECTIONS.has(name)) : [];
  const condition = isRecord(detection) ? detection["condition"] : undefined;
  const conditionPath = [...where, "condition"];
  const selections = parts.map(([name]) => name);
  const meanings = new Map<string, Expression | undefined>();
  return {
    file,
    kind,
    value,
    source: new SourceText(file.text, index),
    logsource: logsourceOf(value["logsource"]),
    items: parts.flatMap(([name, selection]) => itemsOf(name, selection, [...where, name])),
    selections,
    conditionAt: (text) => {
      if (!meanings.has(text)) {
        const parsed = parseCondition(text, selections);
        meanings.set(text, parsed.ok ? parsed.expression : undefined);
      }
      return meanings.get(text);
    },
    conditions: Array.isArray(condition)
      ? condition.flatMap((text: unknown, at) =>
          typeof text === "string" ? [{ text, path: [...conditionPath, at] }] : [],
        )
      : typeof condition === "string"
        ? [{ text: condition, path: conditionPath }]
        : [],
  };
}

/** `rules` stands beside the selection of a filter document. */
const NOT_SELECTIONS = new Set(["condition", "timeframe", "rules"]);

function itemsOf(selection: string, value: unknown, path: Path): LintItem[] {
  if (isRecord(value)) return mapItems(selection, value, path);
  if (!Array.isArray(value)) return [itemOf({ selection, key: "", value, path, siblings: [] })];
  const maps = value.flatMap((entry: unknown, at) =>
    isRecord(entry) ? mapItems(selection, entry, [...path, at]) : [],
  );
  const words = value.filter((entry) => !isRecord(entry));
  return words.length === value.length ? [itemOf({ selection, key: "", value, path, siblings: [] })] : maps;
}

function mapItems(selection: string, map: Record<string, unknown>, path: Path): LintItem[] {
  const siblings = Object.keys(map);
  return Object.entries(map).map(([key, value]) => itemOf({ selection, key, value, path: [...path, key], siblings }));
}

function itemOf(given: {
  readonly selection: string;
  readonly key: string;
  readonly value: unknown;
  readonly path: Path;
  readonly siblings: readonly string[];
}): LintItem {
  const { selection, key, value, path, siblings } = given;
  const [field = "", ...modifiers] = key.split("|");
  const list = Array.isArray(value);
  return {
    selection,
    key,
    field,
    modifiers,
    path,
    list,
    values: list ? value.map((entry: unknown, at) => ({ value: entry, path: [...path, at] })) : [{ value, path }],
    siblings,
  };
}

function logsourceOf(raw: unknown): Logsource {
  const text = (key: string): string | undefined => {
    const value = isRecord(raw) ? raw[key] : undefined;
    return typeof value === "string" && value !== "" ? value.toLowerCase() : undefined;
  };
  return { product: text("product"), category: text("category"), service: text("service") };
}
