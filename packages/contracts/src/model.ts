/** model: the small shapes that every area's contract uses: ids, time, pages, problems. */
import { z } from "zod";

/** No value: for params, query, body or response that a route does not have. */
export const none = z.strictObject({});
export type None = z.infer<typeof none>;

/** UTC time as ISO 8601 with milliseconds. */
export const timestamp = z.iso.datetime({ offset: true, message: "a time such as 2026-11-22T08:00:00Z" });

export const severity = z.enum(["informational", "low", "medium", "high", "critical"]);
export type Severity = z.infer<typeof severity>;
/** Lowest first. */
export const SEVERITIES: readonly Severity[] = severity.options;

/** The two sides of the floor, and everybody else. */
export const team = z.enum(["security", "operations"]);
export type Team = z.infer<typeof team>;

/** A page of a list: `next` is passed back as `cursor`; null when there is no more. */
export const page = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next: z.string().nullable(), total: z.number().int().optional() });

export const pageQuery = z.object({
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** RFC 9457 problem details, always with a stable `code`. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string(),
  /** Where in the input: a JSON pointer, or a character offset for queries. */
  at: z.union([z.string(), z.number()]).optional(),
  /** What to do instead, when it is known. */
  suggestion: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type Problem = z.infer<typeof problem>;

export const idParams = z.object({ id: z.string().min(1).max(200) });

/** A comma-separated list in a query string. */
export const csv = z
  .string()
  .max(2000)
  .transform((text) => text.split(",").filter((part) => part !== ""));
