/** values: the kinds a configuration value can have. The environment and flags bring text, the file brings YAML values:
 *  each kind takes both and gives one type. */
import { z } from "zod";

export const text = () => z.string().trim().min(1, "must not be empty");

/** A whole number in a range; text such as "8420" is taken. */
export const whole = (least: number, most: number) => z.preprocess(numberOf, z.int().min(least).max(most));

/** A number of bytes, also as "512 MiB". */
export const bytes = (least: number) => z.preprocess(bytesOf, z.int().min(least));

/** A port to listen on; "on" means the usual one, 0 or "off" none. */
export const inputPort = (usual: number) =>
  z.preprocess((value) => {
    const switched = booleanOf(value);
    return typeof switched === "boolean" && value !== "0" && value !== "1" ? (switched ? usual : 0) : numberOf(value);
  }, z.int().min(0).max(65_535));

export const yesOrNo = () => z.preprocess(booleanOf, z.boolean());

/** A list of texts, also as "one,two". */
export const texts = () => z.preprocess(listOf, z.array(text()));

/** An address to listen on; "any" means every interface. */
export const listenHost = () => text().transform((host) => (host === "any" ? "0.0.0.0" : host));

/** A time zone that this runtime knows. */
export const timeZone = () => text().refine(isTimeZone, { error: "must be a time zone such as Europe/Berlin or UTC" });

export const url = (protocols: readonly string[]) =>
  text().refine(
    (value) => protocols.some((protocol) => value.startsWith(`${protocol}:`)) && URL.canParse(forCheck(value)),
    {
      error: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}://`).join(" or ")}`,
    },
  );

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

function numberOf(value: unknown): unknown {
  return typeof value === "string" && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
}

function bytesOf(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const parts = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(value);
  const unit = UNITS[(parts?.[2] ?? "?").toLowerCase()];
  return parts === null || unit === undefined ? value : Math.round(Number(parts[1]) * unit);
}

function booleanOf(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const word = value.trim().toLowerCase();
  if (["true", "yes", "on", "1"].includes(word)) return true;
  return ["false", "no", "off", "0"].includes(word) ? false : value;
}

function listOf(value: unknown): unknown {
  if (typeof value !== "string") return value;
  return value
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** PostgreSQL URLs may leave the host out when it stands in the query; the URL parser insists on one. */
function forCheck(value: string): string {
  return value.replace(/^(postgres(?:ql)?:\/\/)([^/@]*@)?\//, "$1$2localhost/");
}
