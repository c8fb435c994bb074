/** template: fills the places of a definition's texts. In an address every value is encoded, but for one that begins it: that is the base
 *  a person has entered. A place that has no value makes the whole text undefined, so optional parameters fall away. */
export interface Values {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly since?: string;
  readonly until?: string;
  readonly page?: string;
}

export function fill(template: string, values: Values): string | undefined {
  return filled(template, values, (value) => value);
}

export function fillUrl(template: string, values: Values): string | undefined {
  return filled(template, values, (value, at) => (at === 0 ? value.replace(/\/+$/, "") : encodeURIComponent(value)));
}

/** Names of the places in a text, such as "settings.url". */
export const placesOf = (template: string): string[] => [...template.matchAll(PLACE)].map(([, place = ""]) => place);

const PLACE = /\{([A-Za-z]+(?:\.[A-Za-z0-9]+)?)\}/g;

function filled(template: string, values: Values, write: (value: string, at: number) => string): string | undefined {
  let missing = false;
  const text = template.replaceAll(PLACE, (_, place: string, at: number) => {
    const value = valueOf(place, values);
    if (value === undefined || value === "") missing = true;
    return value === undefined ? "" : write(value, at);
  });
  return missing ? undefined : text;
}

function valueOf(place: string, values: Values): string | undefined {
  const [group = "", name = ""] = place.split(".");
  if (group === "settings") return textOf(values.settings[name]);
  if (group === "secrets") return values.secrets[name];
  if (group === "since") return values.since;
  if (group === "until") return values.until;
  return group === "page" ? values.page : undefined;
}

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
