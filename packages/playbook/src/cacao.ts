/** cacao: playbooks to and from CACAO v2 without loss. What CACAO has no word for travels in an extension of ours, so that our
 *  playbooks come back as they left; what came from CACAO goes back as it came. */
import { equal } from "./equal.ts";
import { plainFromCacao, refused } from "./from-cacao.ts";
import type { Json, JsonObject, Playbook } from "./model.ts";
import { checkPlaybook, isRecord, type ReadResult } from "./read.ts";
import { asJson, HOLDFAST, plainToCacao, type Times } from "./to-cacao.ts";
import type { Checks } from "./validate.ts";

const EXTENSION = "extension-definition--5b1d6a1e-3c0f-5e52-9b0c-7a2f4e8d9c31";

export function toCacao(playbook: Playbook, times: Times = {}): JsonObject {
  const plain = plainToCacao(playbook, times);
  const back = plainFromCacao(plain);
  if (back.ok && equal(back.playbook, playbook)) return plain;
  return {
    ...plain,
    playbook_extensions: { ...objectOf(plain["playbook_extensions"]), [EXTENSION]: { playbook: asJson(playbook) } },
    extension_definitions: {
      ...objectOf(plain["extension_definitions"]),
      [EXTENSION]: {
        type: "extension-definition",
        name: "Holdfast playbook",
        created_by: HOLDFAST,
        schema: "docs/specs/playbook.md",
        version: "1",
      },
    },
  };
}

export function fromCacao(document: unknown, checks: Checks = {}): ReadResult {
  if (!isRecord(document)) return refused("", "A CACAO playbook is a JSON object.");
  const poisoned = unkept(document);
  if (poisoned !== undefined)
    return refused(poisoned, "The name __proto__ cannot be kept, and nothing of a document is dropped: rename it.");
  const extension = isRecord(document["playbook_extensions"]) ? document["playbook_extensions"][EXTENSION] : undefined;
  if (isRecord(extension)) {
    const read = checkPlaybook(extension["playbook"], checks);
    const times = { created: String(document["created"]), modified: String(document["modified"]) };
    // Changed by another tool, the standard's own words count.
    if (read.ok && equal(toCacao(read.playbook, times), document)) return read;
  }
  const plain = plainFromCacao(document);
  return plain.ok ? checkPlaybook(plain.playbook, checks) : plain;
}

/** Where a field has the one name that an object of ours cannot have; JSON may have it. */
function unkept(value: unknown): string | undefined {
  const open = [{ value, at: "" }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next.value !== "object" || next.value === null) continue;
    for (const [name, inner] of Object.entries(next.value)) {
      const path = next.at === "" ? name : `${next.at}.${name}`;
      if (name === "__proto__") return path;
      open.push({ value: inner, at: path });
    }
  }
  return undefined;
}

function objectOf(value: Json | undefined): JsonObject {
  return isRecord(value) ? value : {};
}
