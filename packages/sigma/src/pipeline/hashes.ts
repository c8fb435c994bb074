/**
 * hashes: Sysmon's one field of hashes (`SHA1=…,MD5=…`) taken apart into one field per algorithm, as hashes_fields asks.
 * A value without the name of its algorithm is told by its length.
 */
import type { DraftGroup, DraftItem, DraftValue } from "../load/draft.ts";
import type { RuleTransformation } from "./pipeline.ts";
import { writtenAs } from "./values.ts";

type Hashes = Extract<RuleTransformation, { readonly type: "hashes_fields" }>;

const BY_LENGTH: Readonly<Record<number, string>> = { 32: "MD5", 40: "SHA1", 64: "SHA256", 128: "SHA512" };

/** Undefined: not a field of hashes. An empty group: none of its values is a hash that was asked for. */
export function splitHashes(item: DraftItem, given: Hashes): DraftGroup | undefined {
  if (item.field === undefined || !given.fields.includes(item.field)) return undefined;
  if (!item.values.every(({ type }) => type === "text")) return undefined;
  const fields = new Map<string, DraftValue[]>();
  for (const { tests } of item.values) {
    for (const test of tests) {
      const { algorithm, hash } = hashOf(writtenAs(test) ?? "");
      if (!given.algorithms.includes(algorithm)) continue;
      const field = given.prefix + (given.dropAlgorithm ? "" : algorithm);
      const value: DraftValue = {
        tests: [{ kind: "pattern", pattern: [hash], cased: false }],
        shown: hash,
        type: "text",
      };
      fields.set(field, [...(fields.get(field) ?? []), value]);
    }
  }
  const of = [...fields].map(([field, values]): DraftItem => ({ ...item, field, values }));
  return { kind: (item.linking === "and") === item.negated ? "or" : "and", of };
}

function hashOf(written: string): { algorithm: string; hash: string } {
  const [head = "", tail, more] = written.split(/[=|]/);
  if (tail === undefined || more !== undefined) {
    const hash = bare(head);
    return { algorithm: BY_LENGTH[hash.length] ?? "", hash };
  }
  return { algorithm: bare(head).toUpperCase(), hash: bare(tail) };
}

function bare(text: string): string {
  return text.replace(/^[*?]+|[*?]+$/g, "");
}
