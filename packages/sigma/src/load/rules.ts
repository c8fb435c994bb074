/**
 * rules: rule files in, rules, correlations and problems out. One bad document never stops the others, and nothing is left
 * out without a problem that says where and what to do.
 */
import type { RuleFile } from "../rule.ts";
import { type LinkedRules, linkRules, type LinkOptions } from "./link.ts";
import { readRuleFile } from "./rule-parts.ts";

export function parseRules(files: readonly RuleFile[], options: LinkOptions = {}): LinkedRules {
  return linkRules(files.map(readRuleFile), options);
}
