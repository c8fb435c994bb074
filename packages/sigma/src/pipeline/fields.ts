/**
 * fields: the transformations that rename fields, in detection items, in references to other fields, in the list of
 * interesting fields and in correlations. One name may become several: any of them may then hold the value.
 */
import type { DraftGroup, DraftItem, DraftValue } from "../load/draft.ts";
import { anywhere } from "../load/draft.ts";
import type { Test } from "../detection.ts";
import { fieldHolds, itemHolds, type Run } from "./conditions.ts";
import type { FieldTransformation, PipelineItem } from "./pipeline.ts";

/** Undefined: the name stays as it is. */
export function newNames(
  transformation: FieldTransformation,
  field: string | undefined,
): readonly string[] | undefined {
  switch (transformation.type) {
    case "field_name_mapping":
      return field === undefined || !Object.hasOwn(transformation.mapping, field)
        ? undefined
        : transformation.mapping[field];
    case "field_name_prefix_mapping":
      for (const [from, to] of Object.entries(transformation.mapping)) {
        if (field?.startsWith(from)) return to.map((prefix) => prefix + field.slice(from.length));
      }
      return undefined;
    case "field_name_prefix":
      return field === undefined ? undefined : [transformation.prefix + field];
    case "field_name_suffix":
      return field === undefined ? undefined : [field + transformation.suffix];
  }
}

/** The names a field gets, with the item's conditions on field names; what happened is noted in the run. */
export function renameField(
  item: PipelineItem,
  transformation: FieldTransformation,
  given: { readonly field: string; readonly run: Run },
): readonly string[] {
  const { field, run } = given;
  const names = newNames(transformation, field);
  if (names === undefined || !fieldHolds(item, field, run)) return [field];
  for (const name of names) {
    run.mapped.add(name);
    const before = run.appliedToField.get(field) ?? [];
    const applied = run.appliedToField.get(name) ?? new Set<string>();
    for (const id of before) applied.add(id);
    if (item.id !== undefined) applied.add(item.id);
    run.appliedToField.set(name, applied);
  }
  return names;
}

/** Undefined: the item is not concerned. */
export function renameItem(
  item: PipelineItem,
  transformation: FieldTransformation,
  given: { readonly draft: DraftItem; readonly run: Run },
): DraftItem | DraftGroup | undefined {
  const { draft, run } = given;
  if (!itemHolds(item, draft, run)) return undefined;
  const values = renameReferences(draft.values, (field) => renameField(item, transformation, { field, run }));
  const names =
    draft.field === undefined
      ? keywordNames(transformation)
      : renameField(item, transformation, { field: draft.field, run });
  const renamed = names !== undefined && (names.length !== 1 || names[0] !== draft.field);
  if (!renamed && values === draft.values) return undefined;
  const applied = item.id === undefined ? draft.applied : [...draft.applied, item.id];
  if (!renamed) return { ...draft, values, applied };
  const placed = draft.field === undefined && !draft.placed ? values.map(searched) : values;
  const of = names.map((field): DraftItem => ({ ...draft, field, values: placed, applied }));
  const [only] = of;
  // "Different from a" under either of two names means: under neither of them a.
  return of.length === 1 && only !== undefined ? only : { kind: draft.negated ? "and" : "or", of };
}

/** An empty key of the mapping means keywords, which then have a field of their own to be searched in. */
function keywordNames(transformation: FieldTransformation): readonly string[] | undefined {
  return transformation.type === "field_name_mapping" && Object.hasOwn(transformation.mapping, "")
    ? transformation.mapping[""]
    : undefined;
}

function searched(value: DraftValue): DraftValue {
  return { ...value, tests: value.tests.map(anywhere) };
}

function renameReferences(
  values: readonly DraftValue[],
  rename: (field: string) => readonly string[],
): readonly DraftValue[] {
  if (!values.some(({ tests }) => tests.some(({ kind }) => kind === "fieldref"))) return values;
  return values.map((value) => ({
    ...value,
    tests: value.tests.flatMap((test): Test[] =>
      test.kind === "fieldref" ? rename(test.other).map((other) => ({ ...test, other })) : [test],
    ),
  }));
}
