/**
 * regex: the only place that makes expressions of data. A rule's own run under RE2: linear in the text, whatever the pattern;
 * what RE2 cannot express (lookaround, back-references) is refused with its reason. The engine's own expression is used for one
 * thing only: a choice of a few escaped short literals, which has nothing to repeat and so is linear as well.
 */
import { RE2JS } from "re2js";
import type { StringTest } from "./pattern-matcher.ts";

export function regexTest(source: string, flags: string): { test: StringTest } | { reason: string } {
  let mask = 0;
  if (flags.includes("i")) mask |= RE2JS.CASE_INSENSITIVE;
  if (flags.includes("m")) mask |= RE2JS.MULTILINE;
  if (flags.includes("s")) mask |= RE2JS.DOTALL;
  try {
    const compiled = RE2JS.compile(source, mask);
    return { test: (text) => compiled.test(text) };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

/** No more literals than this, and none longer: each place of the text is looked at for one after the other. */
const MOST_LITERALS = 16;
const LONGEST_LITERAL = 8;

/**
 * Is one of the literals in the text, whatever its case? It may say yes too often, never no: characters that lower-casing makes
 * ASCII, or longer, count as a find. Undefined: too many literals, or one too long or outside ASCII.
 */
export function literalTest(literals: readonly string[]): StringTest | undefined {
  if (literals.length === 0 || literals.length > MOST_LITERALS) return undefined;
  if (!literals.every((literal) => literal.length <= LONGEST_LITERAL && /^[\x20-\x7e]+$/.test(literal)))
    return undefined;
  const choice = literals.map((literal) => literal.replace(/[^a-z0-9]/gi, (sign) => `\\x${hex(sign)}`));
  const found = new RegExp(`${choice.join("|")}|[\u0130\u017f\u212a]`, "i");
  return (text) => found.test(text);
}

function hex(sign: string): string {
  return sign.charCodeAt(0).toString(16).padStart(2, "0");
}

/** Matching and replacing as processing pipelines mean it: a match begins at the start of the text. */
export interface RegexSearch {
  beginsWith(text: string): boolean;
  /** In the replacement `\1`, `\g<1>` and `\g<name>` stand for groups. */
  replace(text: string, replacement: string): string;
  readonly groups: readonly string[];
  /** The named groups of a match at the start that took part in it; undefined: no match. */
  named(text: string): ReadonlyMap<string, string> | undefined;
}

export function regexSearch(source: string): RegexSearch | { reason: string } {
  try {
    const compiled = RE2JS.compile(source);
    const groups = Object.keys(compiled.namedGroups());
    return {
      groups,
      named: (text) => {
        const matcher = compiled.matcher(text);
        if (!matcher.lookingAt()) return undefined;
        return new Map(
          groups.map((group) => [group, matcher.group(group) ?? ""] as const).filter(([, value]) => value !== ""),
        );
      },
      beginsWith: (text) => compiled.matcher(text).lookingAt(),
      replace: (text, replacement) => {
        const matcher = compiled.matcher(text);
        let out = "";
        let at = 0;
        while (matcher.find()) {
          out += text.slice(at, matcher.start()) + filled(replacement, (group) => matcher.group(group));
          at = matcher.end();
        }
        return out + text.slice(at);
      },
    };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

/** A group that is not there is empty; another escaped character stands for itself. */
function filled(replacement: string, group: (name: string | number) => string | null): string {
  return replacement.replace(/\\(?:g<\w+>|\d{1,2}|.)/gs, (escape) => {
    const name = /^\\(?:g<(\w+)>|(\d+))$/.exec(escape);
    if (name === null) return escape === "\\n" ? "\n" : escape === "\\t" ? "\t" : escape.slice(1);
    const wanted = name[1] ?? name[2] ?? "0";
    try {
      return group(/^\d+$/.test(wanted) ? Number(wanted) : wanted) ?? "";
    } catch {
      return "";
    }
  });
}
