/** typed: values as the type of their variable says. CACAO writes every value as text, and so does a form: "3" of an integer is 3 here,
 *  so that a condition compares numbers and not words. What does not fit is said, and never guessed. Pure. */
import type { Json, Variable } from "./model.ts";

export type Typed = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly reason: string };

/** No value at all fits every type; a type that is not known takes every value. */
export function typed(type: string, value: Json): Typed {
  if (value === null) return { ok: true, value };
  const read = READERS[type]?.(value);
  if (read === undefined && Object.hasOwn(READERS, type)) {
    return { ok: false, reason: `${shown(value)} is no ${type}` };
  }
  return { ok: true, value: read ?? value };
}

/** As written where it does not fit: whoever checks the playbook says so. */
export function valueOf({ type, value }: Pick<Variable, "type" | "value">): Json {
  const read = typed(type, value ?? null);
  return read.ok ? read.value : (value ?? null);
}

type Reader = (value: Json) => Json | undefined;

const whole: Reader = (value) => {
  const number = typeof value === "string" && /^\s*-?\d+\s*$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) ? number : undefined;
};
const real: Reader = (value) => {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
};
const truth: Reader = (value) => {
  const word = typeof value === "string" ? value.trim().toLowerCase() : value;
  if (word === "true" || word === true) return true;
  return word === "false" || word === false ? false : undefined;
};
const map: Reader = (value) => {
  const found = typeof value === "string" ? parsed(value) : value;
  return typeof found === "object" && found !== null && !Array.isArray(found) ? found : undefined;
};
const list: Reader = (value) => {
  const found = typeof value === "string" ? parsed(value) : value;
  return Array.isArray(found) ? found : undefined;
};
/** An empty text is "known to be empty" in CACAO, and so it is of every type of text. */
const text =
  (pattern: RegExp): Reader =>
  (value) =>
    typeof value === "string" && (value === "" || pattern.test(value)) ? value : undefined;
const plain: Reader = (value) => (typeof value === "object" ? undefined : String(value));

const READERS: Readonly<Record<string, Reader>> = {
  bool: truth,
  boolean: truth,
  integer: whole,
  long: whole,
  float: real,
  dictionary: map,
  list,
  string: plain,
  hexstring: text(/^(?:[0-9a-f]{2})+$/i),
  "ipv4-addr": text(/^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$|^(?:\d{1,3}\.){3}\d{1,3}\/(?:3[0-2]|[12]?\d)$/),
  "ipv6-addr": text(/^(?=[0-9a-f:./]*:[0-9a-f:./]*$)[0-9a-f:.]{2,45}(?:\/\d{1,3})?$/i),
  "mac-addr": text(/^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i),
  "md5-hash": text(/^[0-9a-f]{32}$/i),
  "sha256-hash": text(/^[0-9a-f]{64}$/i),
  uri: text(/^[a-z][a-z0-9+.-]*:\S+$/i),
  uuid: text(/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i),
};

function parsed(value: string): Json | undefined {
  try {
    const found: Json = JSON.parse(value);
    return found;
  } catch {
    return undefined;
  }
}

function shown(value: Json): string {
  const words = JSON.stringify(value);
  return words.length > 60 ? `${words.slice(0, 60)}…` : words;
}
