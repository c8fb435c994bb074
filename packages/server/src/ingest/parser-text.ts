/** parser-text: one YAML file as a parser: read, checked against the shape of a field map, tried on its own samples. What is wrong is a
 *  value with its line and what to do about it; nothing a file says can stop another one. Pure. */
import {
  createNormaliser,
  decodeRecord,
  defineFieldMap,
  EVENT_DEFAULTS,
  type FieldMap,
  type Parser,
} from "@holdfast/sdk";
import { isAlias, LineCounter, parseDocument } from "yaml";
import { z } from "zod";

export interface ParserFile {
  /** Its path below the folder. */
  readonly file: string;
  readonly text: string;
}

export interface ParserProblem {
  readonly file: string;
  /** From 1; 0 where it is about the whole file. */
  readonly line: number;
  readonly message: string;
}

export type ReadParser =
  | { readonly ok: true; readonly parser: Parser }
  | { readonly ok: false; readonly problem: ParserProblem };

/** @param taken ids of parsers that are there already */
export function readParser({ file, text }: ParserFile, taken: ReadonlySet<string>): ReadParser {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const lineAt = (offset: number | undefined): number => (offset === undefined ? 0 : lines.linePos(offset).line);
  const fail = (line: number, message: string): ReadParser => ({ ok: false, problem: { file, line, message } });
  const [broken] = document.errors;
  if (broken !== undefined) return fail(lineAt(broken.pos[0]), `This is not YAML: ${broken.message}`);
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (isNode(node) && !isAlias(node) && node.range != null) return lineAt(node.range[0]);
    }
    return 1;
  };
  const checked = fieldMap.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const path = issue?.path ?? [];
    const where = path.length === 0 ? "" : `${path.map(String).join(".")}: `;
    return fail(lineOf(path), `${where}${reasonOf(issue)}. docs/specs/parser.md lists what a field map can say.`);
  }
  const { data } = checked;
  if (taken.has(data.id))
    return fail(
      lineOf(["id"]),
      `id: there is a parser "${data.id}" already. Choose another id; a lower order is asked first.`,
    );
  try {
    const parser = defineFieldMap(data as FieldMap);
    const [wrong] = data.samples.flatMap((sample, at) => trySample(parser, sample).map((message) => ({ at, message })));
    if (wrong !== undefined) return fail(lineOf(["samples", wrong.at]), wrong.message);
    return { ok: true, parser };
  } catch (error) {
    return fail(lineOf(["kind"]), error instanceof Error ? error.message : String(error));
  }
}

/** All that can be used, in the order of their files, and what is wrong with the others. */
export function readParsers(
  files: readonly ParserFile[],
  builtIn: readonly Parser[],
): {
  readonly parsers: readonly (ParserFile & { readonly parser: Parser })[];
  readonly problems: readonly ParserProblem[];
} {
  const taken = new Set(builtIn.map(({ id }) => id));
  const parsers: (ParserFile & { readonly parser: Parser })[] = [];
  const problems: ParserProblem[] = [];
  for (const file of files) {
    const read = readParser(file, taken);
    if (!read.ok) problems.push(read.problem);
    else {
      taken.add(read.parser.id);
      parsers.push({ ...file, parser: read.parser });
    }
  }
  return { parsers, problems };
}

/** Before those that come with Holdfast, which begin at 100. */
const ORDER = 50;
const name = z.string().min(1).max(200);
const names = z.union([name, z.array(name).min(1).max(50)]);
const choiceOf = <T extends z.ZodType>(value: T) =>
  z.union([value, z.strictObject({ by: names, values: z.record(z.string(), value), otherwise: value })]);
const logsource = z.strictObject({ product: name.optional(), service: name.optional(), category: name.optional() });
const MAPPED = Object.keys(EVENT_DEFAULTS).filter(
  (column) => !["time_ms", "time_ns", "class_uid", "activity_id", "severity_id", "status_id"].includes(column),
);

const fieldMap = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "must be small letters, digits and dashes"),
  title: name,
  docs: z.string().max(2_000).default(""),
  order: z.number().int().min(0).max(999).default(ORDER),
  read: z.discriminatedUnion("as", [
    z.strictObject({ as: z.literal("json") }),
    z.strictObject({ as: z.literal("pairs"), after: name.optional(), separator: z.string().length(1).optional() }),
    z.strictObject({
      as: z.literal("separated"),
      names: z.array(z.string().max(200)).min(2).max(300),
      separator: z.string().length(1).optional(),
      after: name.optional(),
    }),
    z.strictObject({
      as: z.literal("dissect"),
      patterns: z.array(z.string().min(1).max(2_000).includes("%{")).min(1).max(50),
    }),
  ]),
  accepts: z
    .strictObject({
      apps: z.array(name).min(1).optional(),
      has: z.array(name).min(1).optional(),
      equals: z.record(z.string(), z.array(z.string())).optional(),
      starts: z.array(name).min(1).optional(),
      contains: z.array(name).min(1).optional(),
    })
    .refine((gate) => Object.keys(gate).length > 0, "must name at least one condition, or it would take every record"),
  product: name,
  channel: name.optional(),
  time: z.array(name).optional(),
  timeOf: z.array(name).optional(),
  columns: z.record(
    z
      .string()
      .refine(
        (column) => MAPPED.includes(column),
        "is not a column of events; docs/specs/search-language.md lists them",
      ),
    names,
  ),
  kind: choiceOf(name),
  severity: choiceOf(z.number().int().min(0).max(6)).optional(),
  status: choiceOf(z.enum(["success", "failure", "unknown"])).optional(),
  message: z.string().max(1_000).optional(),
  logsource: choiceOf(logsource).optional(),
  alias: z.record(z.string(), names).optional(),
  samples: z
    .array(
      z.strictObject({
        name: name,
        in: z.string().min(1).max(100_000),
        out: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
        fields: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .max(100)
    .default([]),
});

/** By the parser alone: an older one may be first, but what this one makes of its own sample is its promise. */
function trySample(parser: Parser, sample: z.infer<typeof fieldMap>["samples"][number]): string[] {
  const record = decodeRecord({ text: sample.in, received: Date.UTC(2026, 11, 31), peer: "", kind: "import" });
  const event = createNormaliser([parser])(record);
  if (event.parser !== parser.id)
    return [
      `The sample "${sample.name}" is not taken by this parser: ${event.notes.join("; ") || "accepts does not hold for it"}.`,
    ];
  const columns = new Map<string, unknown>(Object.entries(event.columns));
  const wrong = Object.entries(sample.out).find(([column, wanted]) => columns.get(column) !== wanted);
  if (wrong === undefined) return [];
  return [
    `The sample "${sample.name}" gives ${wrong[0]} ${JSON.stringify(columns.get(wrong[0]) ?? null)}, its out says ${JSON.stringify(wrong[1])}.`,
  ];
}

/** A wrong key has its reason inside. */
function reasonOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return "not a field map";
  return (issue.code === "invalid_key" ? issue.issues[0]?.message : undefined) ?? issue.message;
}

function isNode(value: unknown): value is { readonly range?: readonly number[] | null } {
  return typeof value === "object" && value !== null;
}
