/** keys: finds the key of a source in a request, whichever words the sender's protocol has for it. */
import { KEY_PREFIX } from "../source-registry.ts";
import type { Presented } from "./protocol.ts";

export function presentedKey({ request, query }: Presented): string | undefined {
  const [, scheme = "", value = ""] = /^\s*([A-Za-z]+)\s+(\S+)\s*$/.exec(request.headers.authorization ?? "") ?? [];
  switch (scheme.toLowerCase()) {
    case "bearer":
    case "splunk":
      return value;
    case "apikey":
      return value.startsWith(KEY_PREFIX) ? value : keyOfPair(value);
    case "basic":
      return keyOfPair(value);
    default:
      for (const header of ["x-api-key", "x-holdfast-key"]) {
        const given = request.headers[header];
        if (typeof given === "string" && given !== "") return given;
      }
      return query.get("token") ?? undefined;
  }
}

/** "name:key" in Base64; senders that know one field only put the key before the colon. */
function keyOfPair(base64: string): string {
  const pair = Buffer.from(base64, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  const [name, key] = colon === -1 ? [pair, ""] : [pair.slice(0, colon), pair.slice(colon + 1)];
  return name.startsWith(KEY_PREFIX) ? name : key;
}
