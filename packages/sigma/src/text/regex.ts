/**
 * regex: the only place that compiles a rule's regular expression. RE2 semantics: matching time is linear in the text,
 * whatever the pattern; what RE2 cannot express (lookaround, back-references) is refused with its reason.
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
