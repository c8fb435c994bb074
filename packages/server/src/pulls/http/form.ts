/** form: the settings and secrets of a definition: as JSON Schema for forms, and read from what was entered. What is wrong is a value
 *  that never quotes what was entered. */
import { z } from "zod";
import type { Fields } from "./definition.ts";

export type ReadForm<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string; readonly at: string };

export function schemaOf(fields: Fields): z.ZodObject {
  return z.strictObject(
    Object.fromEntries(
      Object.entries(fields).map(([name, { title, description, type, default: fallback, optional }]) => {
        const base = baseOf(type);
        const required = fallback === undefined ? (optional ? base.optional() : base) : base.default(fallback as never);
        const format = type === "multiline" ? { format: "multiline" } : {};
        return [name, required.meta({ title, ...(description === "" ? {} : { description }), ...format })];
      }),
    ),
  );
}

export function readForm(schema: z.ZodObject, entered: unknown, part: string): ReadForm<Record<string, unknown>> {
  const read = schema.safeParse(entered);
  if (read.success) return { ok: true, value: read.data };
  const issue = read.error.issues[0];
  const at = [part, ...(issue?.path ?? [])].join(".");
  return { ok: false, at, reason: `${at}: ${issue?.message ?? "cannot be read"}.` };
}

function baseOf(type: Fields[string]["type"]): z.ZodType {
  if (type === "switch") return z.boolean();
  if (type === "url") return z.url({ protocol: /^https?$/, message: "an address such as https://host" }).max(500);
  return z
    .string()
    .min(1, "is needed")
    .max(type === "multiline" ? 20_000 : 1_000);
}
