/**
 * recordings: the rule corpus, regression cases and recorded event lanes that tests and benchmarks read when they are there
 * (HOLDFAST_TEST_DATA, else ../shared/data). Archives are read in memory; nothing is copied into the repository.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, inflateRawSync } from "node:zlib";

const ROOT = process.env["HOLDFAST_TEST_DATA"] ?? join(import.meta.dirname, "../../shared/data");

export interface StoredFile {
  readonly path: string;
  readonly bytes: Buffer;
}

/** For node:test's `skip`: false when the data is there. */
export function withoutData(folder: "sigma" | "lanes" | "regression"): string | false {
  return existsSync(join(ROOT, folder)) ? false : `HOLDFAST_TEST_DATA has no ${folder}`;
}

/** Rule files under one or more folders of the corpus, paths relative to it. */
export function ruleFiles(...folders: readonly string[]): { path: string; text: string }[] {
  return folders.flatMap((folder) =>
    walk(join(ROOT, "sigma", folder))
      .filter((path) => path.endsWith(".yml"))
      .map((path) => ({ path: `${folder}/${path}`, text: readFileSync(join(ROOT, "sigma", folder, path), "utf8") })),
  );
}

export function regressionFiles(extension: "json" | "evtx" | "yml"): StoredFile[] {
  return walk(join(ROOT, "regression"))
    .filter((path) => path.endsWith(`.${extension}`))
    .map((path) => ({ path, bytes: readFileSync(join(ROOT, "regression", path)) }));
}

/** The lines of a lane, by the start of its file name: d1, d2, d3, aws. */
export function laneBytes(name: string): Buffer {
  const folder = join(ROOT, "lanes");
  const archive = readdirSync(folder).find((file) => file.startsWith(name) && file.endsWith(".zip"));
  if (archive === undefined) throw new Error(`no lane ${name} in ${folder}`);
  return Buffer.concat(unzip(readFileSync(join(folder, archive))).map(({ bytes }) => bytes));
}

export function evtxSamples(): StoredFile[] {
  const folder = join(ROOT, "lanes");
  const archive = readdirSync(folder).find((file) => file.startsWith("d4") && file.endsWith(".tar.gz"));
  if (archive === undefined) throw new Error(`no EVTX samples in ${folder}`);
  return untar(gunzipSync(readFileSync(join(folder, archive)))).filter(({ path }) => path.endsWith(".evtx"));
}

/** Every line as its own text, decoded one at a time. */
export function* linesOf(bytes: Buffer): Generator<string> {
  for (let from = 0; from < bytes.length; ) {
    const found = bytes.indexOf(10, from);
    const to = found < 0 ? bytes.length : found;
    if (to > from) yield bytes.toString("utf8", from, to);
    from = to + 1;
  }
}

/** JSON objects written one after the other, pretty-printed or not. */
export function concatenatedJson(text: string): unknown[] {
  const values: unknown[] = [];
  let depth = 0;
  let start = 0;
  for (const token of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token[0] === "{" && depth++ === 0) start = token.index;
    else if (token[0] === "}" && --depth === 0) values.push(JSON.parse(text.slice(start, token.index + 1)));
  }
  return values;
}

function walk(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
}

function unzip(bytes: Buffer): StoredFile[] {
  const files: StoredFile[] = [];
  const end = bytes.lastIndexOf("PK\u0005\u0006", undefined, "latin1");
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const size = bytes.readUInt32LE(at + 20);
    const nameLength = bytes.readUInt16LE(at + 28);
    const local = bytes.readUInt32LE(at + 42);
    const data = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const stored = bytes.subarray(data, data + size);
    const path = bytes.toString("utf8", at + 46, at + 46 + nameLength);
    files.push({ path, bytes: bytes.readUInt16LE(at + 10) === 0 ? stored : inflateRawSync(stored) });
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return files;
}

function untar(bytes: Buffer): StoredFile[] {
  const files: StoredFile[] = [];
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0; ) {
    const name = bytes.toString("utf8", at, at + 100).replace(/\0.*$/s, "");
    const prefix = bytes.toString("utf8", at + 345, at + 500).replace(/\0.*$/s, "");
    const size = Number.parseInt(bytes.toString("latin1", at + 124, at + 136), 8);
    const path = prefix === "" ? name : `${prefix}/${name}`;
    files.push({ path, bytes: bytes.subarray(at + 512, at + 512 + size) });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
