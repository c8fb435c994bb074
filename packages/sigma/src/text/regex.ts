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
