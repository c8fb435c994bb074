/** selection-checks: selections that contradict, repeat or never meet each other, and rules that are each other's copy. */
import type { Expression } from "../../detection.ts";
import { isRecord } from "../../load/detection-reader.ts";
import type { Check } from "../check.ts";
import { conflict, type Demand, demandOf } from "../conflicts.ts";
import type { LintDocument } from "../lint-document.ts";

const ONE = "  selection:\n    EventID: 4624\n    LogonType: 10\n";
const SECURITY = "logsource:\n  product: windows\n  service: security\ndetection:\n";
const COPY = `${SECURITY}${ONE}  condition: selection`;

export const SELECTION_CHECKS: readonly Check[] = [
  {
    code: "SELECTIONS_CONTRADICT",
    severity: "error",
    teaches: "The condition wants two selections at once that no event can fit together: the rule never fires.",
    bad: `${SECURITY}${ONE}  other:\n    EventID: 4625\n  condition: selection and other`,
    good: `${SECURITY}${ONE}  other:\n    EventID: 4625\n  condition: selection or other`,
    look: (document, report) => {
      for (const { names, path } of wantedTogether(document)) {
        const demands = names.positive.flatMap((name) => demandsOf(document, name).map((demand) => ({ name, demand })));
        for (const [index, a] of demands.entries()) {
          const b = demands.slice(index + 1).find((other) => other.name !== a.name && conflict(a.demand, other.demand));
          if (b !== undefined)
            return report({
              at: path,
              message: `"${a.name}" and "${b.name}" never hold together: both test ${a.demand.field}, for values that exclude each other.`,
            });
        }
      }
    },
  },
  {
    code: "FILTER_NEVER_HOLDS",
    severity: "warning",
    teaches:
      "What the filter excludes cannot be part of what the selection finds: the filter does nothing, or one of the two is mistyped.",
    bad: `${SECURITY}${ONE}  filter:\n    EventID: 4625\n  condition: selection and not filter`,
    good: `${SECURITY}${ONE}  filter:\n    IpAddress: '::1'\n  condition: selection and not filter`,
    look: (document, report) => {
      for (const { names } of wantedTogether(document)) {
        const wanted = names.positive.flatMap((name) => demandsOf(document, name));
        for (const filter of names.negative) {
          const found = demandsOf(document, filter).find((demand) => wanted.some((other) => conflict(demand, other)));
          if (found !== undefined)
            report({
              at: ["detection", filter],
              key: true,
              message: `"${filter}" excludes nothing: the rule wants a ${found.field} that the filter does not fit.`,
            });
        }
      }
    },
  },
  {
    code: "SELECTION_DUPLICATE",
    severity: "warning",
    teaches: "Two selections with the same content are one; the second was meant to say something else.",
    bad: `${SECURITY}${ONE}  other:\n    EventID: 4624\n    LogonType: 10\n  condition: selection or other`,
    good: `${SECURITY}${ONE}  other:\n    EventID: 4625\n  condition: selection or other`,
    look: (document, report) => {
      const detection = document.value["detection"];
      if (!isRecord(detection)) return;
      const first = new Map<string, string>();
      for (const name of document.selections) {
        const content = JSON.stringify(detection[name]);
        const other = first.get(content);
        if (other === undefined) first.set(content, name);
        else report({ at: ["detection", name], key: true, message: `"${name}" has the same content as "${other}".` });
      }
    },
  },
  {
    code: "DETECTION_DUPLICATE",
    severity: "warning",
    teaches: "Two rules with the same log source and the same detection raise every alert twice.",
    bad: [COPY, COPY],
    good: [COPY, COPY.replace("LogonType: 10", "LogonType: 3")],
    lookAcross: (documents, report) => {
      const first = new Map<string, string>();
      for (const document of alike(documents)) {
        const detection = document.value["detection"];
        if (!isRecord(detection)) continue;
        const content = JSON.stringify([document.logsource, ordered(detection)]);
        const other = first.get(content);
        if (other === undefined) first.set(content, document.file.path);
        else report(document, { at: ["detection"], key: true, message: `The detection is the same as in ${other}.` });
      }
    },
  },
  {
    code: "KEYWORD_NUMBERS",
    severity: "warning",
    teaches:
      "A number alone is searched in the whole text of the event, also inside of other numbers. An id belongs to a field.",
    bad: `${SECURITY}  selection:\n    - 4624\n    - 4625\n  condition: selection`,
    good: `${SECURITY}  selection:\n    EventID:\n      - 4624\n      - 4625\n  condition: selection`,
    look: ({ items }, report) => {
      for (const { field, values } of items)
        for (const { value, path } of field === "" ? values : [])
          if (typeof value === "number")
            report({
              at: path,
              message: `${value} is searched in the whole event: name the field it belongs to, as EventID.`,
            });
    },
  },
];

interface Together {
  readonly names: { readonly positive: readonly string[]; readonly negative: readonly string[] };
  readonly path: readonly (string | number)[];
}

/** The selections that a condition wants, and those it does not, all at once; conditions with "or" at the top are left out. */
function wantedTogether(document: LintDocument): Together[] {
  return document.conditions.flatMap(({ text, path }) => {
    const parsed = document.conditionAt(text);
    if (parsed === undefined) return [];
    const positive: string[] = [];
    const negative: string[] = [];
    const visit = (expression: Expression, wanted: boolean): void => {
      if (expression.kind === "selection") (wanted ? positive : negative).push(expression.name);
      else if (expression.kind === "not") visit(expression.of, !wanted);
      else if (expression.kind === (wanted ? "and" : "or")) for (const part of expression.of) visit(part, wanted);
    };
    visit(parsed, true);
    return [{ names: { positive, negative }, path }];
  });
}

/** Of selections that are one map; of a list of maps nothing is certain. */
function demandsOf(document: LintDocument, selection: string): Demand[] {
  return document.items
    .filter((item) => item.selection === selection && item.path.length === 3)
    .map(demandOf)
    .filter((demand) => demand !== undefined);
}

/** Rules that another one has the same keys and number of values as: only these can be copies. */
function alike(documents: readonly LintDocument[]): LintDocument[] {
  const outline = ({ logsource, items }: LintDocument): string =>
    `${JSON.stringify(logsource)} ${items
      .map(({ key, values }) => `${key} ${values.length}`)
      .sort()
      .join("\n")}`;
  const outlines = new Map<string, LintDocument[]>();
  for (const document of documents) {
    if (document.kind !== "rule") continue;
    const key = outline(document);
    outlines.set(key, [...(outlines.get(key) ?? []), document]);
  }
  return [...outlines.values()].filter((group) => group.length > 1).flat();
}

/** The same content in the same order, whatever order it was written in. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (!isRecord(value)) return typeof value === "string" ? value.toLowerCase() : value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, ordered(value[key])]),
  );
}
