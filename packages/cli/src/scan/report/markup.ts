/** markup: HTML made of templates whose every value is escaped. Text from logs and rules is hostile: it can only become text, and
 *  characters that would hide or turn it around are shown. */
import { safeText } from "../../output.ts";

export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | Markup | readonly (Markup | undefined)[] | undefined;

export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  let text = strings[0] ?? "";
  for (const [index, value] of values.entries()) text += valueText(value) + (strings[index + 1] ?? "");
  return new Markup(text);
}

export function escaped(text: string): string {
  return safeText(text).replaceAll(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function valueText(value: Value): string {
  if (value === undefined) return "";
  if (value instanceof Markup) return value.text;
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return escaped(value);
  return value.map((part) => part?.text ?? "").join("");
}
