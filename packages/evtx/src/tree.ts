/**
 * tree: what Binary XML means, as the reader of fragments builds it and the renderer walks it. Template definitions keep
 * their substitutions open.
 */
import type { Name } from "./names.ts";

export interface Substitution {
  readonly kind: "substitution";
  readonly index: number;
}

/** A text, or a value of another type, written into the template itself. */
export interface Literal {
  readonly kind: "literal";
  readonly text: string;
  readonly json: Uint8Array;
  /** Of a text. */
  readonly name: Name | undefined;
}

export interface TemplateInstance {
  readonly kind: "instance";
  readonly root: Content;
  readonly values: Values;
}

/** Type, offset and size of each value, three numbers each. */
export type Values = readonly number[];

export interface Attribute {
  readonly name: Name;
  readonly content: Content;
}

/** What an element's content is known to be before any value is: most need no bookkeeping to be rendered. */
export type Shape =
  /** Nothing. */
  | "empty"
  /** One substitution. */
  | "value"
  /** One literal. */
  | "literal"
  /** Elements whose keys are fixed and differ. */
  | "plain"
  | "mixed";

export interface Element {
  readonly kind: "element";
  readonly shape: Shape;
  /** The JSON key, where the template alone decides it: a `Data` element goes by its Name, which may be a value. */
  readonly key: Name | undefined;
  /** What gives the key where `key` does not. */
  readonly keyContent: Content;
  readonly name: Name;
  /** Those that the JSON shows: without namespaces and the Name that became the key. */
  readonly attributes: readonly Attribute[];
  readonly content: Content;
}

export type Part = Substitution | Literal | TemplateInstance | Element;
export type Content = readonly Part[];
