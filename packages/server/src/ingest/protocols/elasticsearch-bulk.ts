/** elasticsearch-bulk: cuts a bulk body into its operations. An action line is read by the name of its operation, whatever else
 *  stands beside it; a document's bytes are not changed, only the index is written in front of its members. */
import { splitLines } from "../split-records.ts";

export type BulkOperation = { readonly op: string; readonly index: string; readonly id: string } & (
  | { readonly ok: true; readonly record: Buffer }
  | {
      readonly ok: false;
      readonly status: number;
      /** It is over the limit; else it is refused for what it is. */
      readonly large: boolean;
      readonly error: { readonly type: string; readonly reason: string };
    }
);

const WITH_DOCUMENT = new Set(["create", "index", "update"]);
const TAKEN = new Set(["create", "index"]);
const OPERATIONS = ["create", "index", "update", "delete"];
const OPEN_OBJECT = 123;

export function readBulk(body: Buffer, defaults: { index: string; recordBytes: number }): BulkOperation[] {
  const lines = splitLines(body);
  const operations: BulkOperation[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const action = actionOf(lines[at]);
    if (action === undefined) {
      operations.push(
        refused({ op: "index", index: defaults.index, id: "" }, "illegal_argument_exception", MALFORMED_ACTION),
      );
      continue;
    }
    const target = { op: action.op, index: action.index ?? defaults.index, id: action.id ?? "" };
    if (!WITH_DOCUMENT.has(action.op)) {
      operations.push(refused(target, "illegal_argument_exception", ONLY_NEW));
      continue;
    }
    at += 1;
    const line = lines[at];
    if (line === undefined)
      operations.push(refused(target, "illegal_argument_exception", "the document of the last action is missing"));
    else if (!TAKEN.has(action.op)) operations.push(refused(target, "illegal_argument_exception", ONLY_NEW));
    else operations.push(withIndex(line, { ...target, recordBytes: defaults.recordBytes }));
  }
  return operations;
}

export function withIndex(
  document: Buffer,
  of: { readonly op: string; readonly index: string; readonly id: string; readonly recordBytes: number },
): BulkOperation {
  const { op, index, id, recordBytes } = of;
  const target = { op, index, id };
  if (document.length > recordBytes) {
    const reason = `the document has ${document.length} bytes; the limit is ${recordBytes}`;
    return { ...target, ok: false, large: true, status: 400, error: { type: "document_parsing_exception", reason } };
  }
  let start = 0;
  while (isSpace(document[start])) start += 1;
  if (document[start] !== OPEN_OBJECT || !isJsonObject(document))
    return refused(target, "document_parsing_exception", "the document is not one JSON object");
  if (index === "") return { ...target, ok: true, record: document };
  const rest = document.subarray(start + 1);
  const empty = /^\s*\}/.test(rest.subarray(0, 64).toString("latin1"));
  const head = Buffer.from(`{"_index":${JSON.stringify(index)}${empty ? "" : ","}`);
  return { ...target, ok: true, record: Buffer.concat([head, rest]) };
}

const MALFORMED_ACTION = "Malformed action/metadata line, expected one of [create, index, update, delete]";
const ONLY_NEW = "Holdfast stores new events only: use create or index";

function refused(
  target: { readonly op: string; readonly index: string; readonly id: string },
  type: string,
  reason: string,
): BulkOperation {
  return { ...target, ok: false, large: false, status: 400, error: { type, reason } };
}

function actionOf(line: Buffer | undefined): { op: string; index?: string; id?: string } | undefined {
  const value = jsonOf(line);
  const op = OPERATIONS.find((name) => value !== undefined && name in value);
  if (value === undefined || op === undefined) return undefined;
  const of: unknown = value[op];
  const { _index: index, _id: id } = isRecord(of) ? of : {};
  return { op, ...(typeof index === "string" ? { index } : {}), ...(typeof id === "string" ? { id } : {}) };
}

function jsonOf(line: Buffer | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line?.toString("utf8") ?? "");
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isJsonObject = (line: Buffer): boolean => jsonOf(line) !== undefined;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isSpace = (byte: number | undefined): boolean => byte === 32 || byte === 9 || byte === 13 || byte === 10;
