/**
 * contains-any: does a text contain one of many others? A long text is first searched for all of them in one pass, made
 * when the first such text comes; only what that pass lets through is compared one by one.
 */
import type { StringTest } from "../text/pattern-matcher.ts";
import { Collector } from "./collector.ts";
import { Inside, SearchPool } from "./inside.ts";

/** With fewer texts, or a shorter text to search, one search each is faster. */
const MANY = 6;
const LONG = 256;

/** Text and texts in lower case. */
export function containsAny(texts: readonly string[]): StringTest {
  let pass: Inside | undefined;
  const found = new Collector(1);
  const oneByOne = (text: string): boolean => {
    for (const wanted of texts) if (text.includes(wanted)) return true;
    return false;
  };
  if (texts.length < MANY) return oneByOne;
  return (text) => {
    if (text.length < LONG) return oneByOne(text);
    pass ??= new Inside(
      texts.map((wanted) => ({ text: wanted, member: 0 })),
      new SearchPool(),
    );
    found.clear();
    pass.scan(text, found);
    return found.count > 0 && oneByOne(text);
  };
}
