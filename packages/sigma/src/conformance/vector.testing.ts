/**
 * vector: the shape of a conformance vector: one rule in YAML, the events it must find and those it must not, and the part
 * of the specification it is about; or what is wrong with the rule. `-` between two documents starts the next one.
 */

export type EventFields = Readonly<Record<string, unknown>>;

export interface Vector {
  readonly name: string;
  readonly feature: string;
  readonly section: string;
  /** Documents of one file. */
  readonly text: string;
  readonly yes: readonly EventFields[];
  readonly no: readonly EventFields[];
  readonly placeholders?: Readonly<Record<string, readonly string[]>>;
}

export interface Refused {
  readonly name: string;
  readonly feature: string;
  readonly section: string;
  readonly text: string;
  readonly code: string;
}

/** Events of one sequence: seconds, then fields. */
export type Sequence = readonly (readonly [seconds: number, fields: EventFields])[];

export interface CorrelationVector {
  readonly name: string;
  readonly feature: string;
  readonly section: string;
  readonly text: string;
  readonly yes: readonly Sequence[];
  readonly no: readonly Sequence[];
}

type Row = readonly [name: string, yaml: string, yes: readonly EventFields[], no: readonly EventFields[]];
type ValueRow = readonly [name: string, item: string, yes: readonly unknown[], no: readonly unknown[]];
type RefusedRow = readonly [name: string, yaml: string, code: string];

interface About {
  readonly feature: string;
  readonly section: string;
}

/** Rows of one detection item on the field `f`; events are its values, `undefined` an event without it. */
export function items(about: About, rows: readonly ValueRow[]): Vector[] {
  const event = (value: unknown): EventFields => (value === undefined ? { other: "x" } : { f: value });
  return rows.map(([name, item, yes, no]) => ({
    ...about,
    name,
    text: ruleText(`  s:\n${indented(item, 4)}\n  condition: s`),
    yes: yes.map(event),
    no: no.map(event),
  }));
}

/** Rows of a whole detection section. */
export function detections(about: About, rows: readonly Row[]): Vector[] {
  return rows.map(([name, yaml, yes, no]) => ({ ...about, name, text: ruleText(indented(yaml, 2)), yes, no }));
}

export function refused(about: About, rows: readonly RefusedRow[]): Refused[] {
  return rows.map(([name, yaml, code]) => ({ ...about, name, text: ruleText(indented(yaml, 2)), code }));
}

export function ruleText(detection: string, head = "title: t"): string {
  return `${head}\nlogsource:\n  product: p\ndetection:\n${detection}\n`;
}

export function indented(yaml: string, by: number): string {
  return yaml
    .replace(/^\n|\n\s*$/g, "")
    .split("\n")
    .map((line) => " ".repeat(by) + line)
    .join("\n");
}

/** Base64 of a text with one character per byte, bit by bit: written apart from the engine's own. */
export function base64Of(bytes: string): string {
  const bits = [...bytes].map((c) => c.charCodeAt(0).toString(2).padStart(8, "0")).join("");
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const text = (bits.match(/.{1,6}/g) ?? []).map((six) => alphabet[Number.parseInt(six.padEnd(6, "0"), 2)]).join("");
  return text.padEnd(Math.ceil(text.length / 4) * 4, "=");
}
