/**
 * coverage: which tactics and techniques of ATT&CK a set of rules is about: numbers by tactic, the tactics without any rule, and
 * the same as a layer for the ATT&CK Navigator. A tag says what its author thought of, not that every way of it is seen.
 */
import { ATTACK_VERSION, FORMER_TACTICS, TACTICS, TECHNIQUES } from "../attack/matrix.ts";
import type { Level } from "../rule.ts";

/** Rules and correlations alike. */
export interface CoveringRule {
  readonly title: string;
  readonly level: Level;
  readonly status: string;
  readonly attack: { readonly tactics: readonly string[]; readonly techniques: readonly string[] };
}

export interface TacticCoverage {
  readonly id: string;
  readonly shortName: string;
  readonly name: string;
  /** Rules that name the tactic, or a technique of it and no tactic. */
  readonly rules: number;
  readonly byLevel: Readonly<Record<Level, number>>;
  /** Techniques and sub-techniques with a rule, and how many the tactic has. */
  readonly techniques: number;
  readonly of: number;
}

export interface TechniqueCoverage {
  readonly id: string;
  readonly tactic: string;
  readonly titles: readonly string[];
}

export interface Coverage {
  readonly rules: number;
  /** Rules without any tactic or technique that exists. */
  readonly untagged: number;
  readonly tactics: readonly TacticCoverage[];
  /** Short names of the tactics without a rule. */
  readonly without: readonly string[];
  /** Sorted by id, then in the order of the matrix. */
  readonly techniques: readonly TechniqueCoverage[];
  /** Tags that ATT&CK does not know (any more), with how many rules carry them. */
  readonly unknown: readonly { readonly tag: string; readonly rules: number }[];
}

const LEVELS: readonly Level[] = ["informational", "low", "medium", "high", "critical"];

export function coverageOf(rules: readonly CoveringRule[]): Coverage {
  const titles = new Map<string, string[]>();
  const ofTactic = new Map<string, CoveringRule[]>(TACTICS.map(({ shortName }) => [shortName, []]));
  const unknown = new Map<string, number>();
  let untagged = 0;
  for (const rule of rules) {
    const { tactics, techniques, strangers } = tagsOf(rule);
    for (const tag of strangers) unknown.set(tag, (unknown.get(tag) ?? 0) + 1);
    if (tactics.size === 0) untagged++;
    for (const tactic of tactics) ofTactic.get(tactic)?.push(rule);
    for (const technique of techniques)
      for (const tactic of cellsOf(technique, tactics)) {
        const key = `${technique} ${tactic}`;
        titles.set(key, [...(titles.get(key) ?? []), rule.title]);
      }
  }
  const order = TACTICS.map(({ shortName }) => shortName);
  const techniques = [...titles]
    .map(([key, covering]) => {
      const [id = "", tactic = ""] = key.split(" ");
      return { id, tactic, titles: covering };
    })
    .sort((a, b) => (a.id === b.id ? order.indexOf(a.tactic) - order.indexOf(b.tactic) : a.id < b.id ? -1 : 1));
  return {
    rules: rules.length,
    untagged,
    tactics: TACTICS.map(({ id, shortName, name }) => {
      const members = ofTactic.get(shortName) ?? [];
      return {
        id,
        shortName,
        name,
        rules: members.length,
        byLevel: levelsOf(members),
        techniques: techniques.filter(({ tactic }) => tactic === shortName).length,
        of: [...TECHNIQUES.values()].filter((of) => of.includes(shortName)).length,
      };
    }),
    without: order.filter((tactic) => ofTactic.get(tactic)?.length === 0),
    techniques,
    unknown: [...unknown].map(([tag, count]) => ({ tag, rules: count })).sort((a, b) => b.rules - a.rules),
  };
}

/** A layer in format 4.5: each technique scored by its number of rules, with their titles as comment. */
export function navigatorLayer(coverage: Coverage, name: string): Record<string, unknown> {
  const most = Math.max(1, ...coverage.techniques.map(({ titles }) => titles.length));
  return {
    name,
    versions: { attack: ATTACK_VERSION, navigator: "5.1.0", layer: "4.5" },
    domain: "enterprise-attack",
    description: `${coverage.rules} rules. The score of a technique is the number of rules that name it.`,
    sorting: 3,
    hideDisabled: false,
    techniques: coverage.techniques.map(({ id, tactic, titles }) => ({
      techniqueID: id,
      tactic,
      score: titles.length,
      comment: commentOf(titles),
      enabled: true,
      metadata: [],
      links: [],
      showSubtechniques: id.includes("."),
    })),
    gradient: { colors: ["#dbe9f6", "#2b6cb0"], minValue: 0, maxValue: most },
    legendItems: [],
    metadata: [],
    links: [],
    showTacticRowBackground: false,
    selectTechniquesAcrossTactics: false,
    selectSubtechniquesWithParent: false,
  };
}

interface Tags {
  readonly tactics: ReadonlySet<string>;
  readonly techniques: readonly string[];
  readonly strangers: readonly string[];
}

function tagsOf({ attack }: CoveringRule): Tags {
  const named = attack.tactics.map((tactic) => FORMER_TACTICS[tactic] ?? tactic);
  const known = new Set(TACTICS.map(({ shortName }) => shortName));
  const tactics = new Set(named.filter((tactic) => known.has(tactic)));
  const techniques = [...new Set(attack.techniques)].filter((id) => TECHNIQUES.has(id));
  const ofTechniques = techniques.flatMap((id) => TECHNIQUES.get(id) ?? []);
  if (tactics.size === 0) for (const tactic of ofTechniques) tactics.add(tactic);
  const strangers = [
    ...named.filter((tactic) => !known.has(tactic)),
    ...attack.techniques.filter((id) => !TECHNIQUES.has(id)),
  ];
  return { tactics, techniques, strangers };
}

/** A technique counts under the tactics that the rule names; under all of its own when the rule names none of them. */
function cellsOf(technique: string, named: ReadonlySet<string>): readonly string[] {
  const own = TECHNIQUES.get(technique) ?? [];
  const meant = own.filter((tactic) => named.has(tactic));
  return meant.length > 0 ? meant : own;
}

function levelsOf(rules: readonly CoveringRule[]): Record<Level, number> {
  const counts: Record<Level, number> = { informational: 0, low: 0, medium: 0, high: 0, critical: 0 };
  for (const level of LEVELS) counts[level] = rules.filter((rule) => rule.level === level).length;
  return counts;
}

const LONGEST_COMMENT = 10;

function commentOf(titles: readonly string[]): string {
  const shown = titles.slice(0, LONGEST_COMMENT).join("\n");
  return titles.length > LONGEST_COMMENT ? `${shown}\nand ${titles.length - LONGEST_COMMENT} more` : shown;
}
