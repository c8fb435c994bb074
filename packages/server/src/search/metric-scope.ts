/** metric-scope: what all parts of a statement over a metric share: the range, the groups, the conditions on labels. */
import type { MetricClause } from "./ast.ts";
import type { Params } from "./params.ts";

export interface MetricTables {
  readonly raw: string;
  readonly minute: string;
  readonly hour: string;
}

/** What the parts of the statement share. */
export interface MetricScope {
  readonly params: Params;
  readonly metric: MetricClause;
  readonly tables: MetricTables;
  /** Names of the columns that hold the groups: g0, g1 … */
  readonly groups: readonly string[];
  /** SQL of each group, on the labels. */
  readonly groupSql: readonly string[];
  /** Conditions on labels, or "1". */
  readonly filter: string;
  readonly spanSeconds: number;
  /** Placeholders of the range in milliseconds; `since` is earlier, so that the first increase has a value before it. */
  readonly from: string;
  readonly to: string;
  readonly since: string;
}

/** Start of the span that a point belongs to, in seconds. */
export const bucketOf = ({ spanSeconds }: Pick<MetricScope, "spanSeconds">): string =>
  `toUInt32(intDiv(toUnixTimestamp(time), ${spanSeconds}) * ${spanSeconds})`;

export const columnsOf = ({ groups }: Pick<MetricScope, "groups">): string =>
  groups.map((group) => `, ${group}`).join("");
