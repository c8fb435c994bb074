/** server-rules: every rule that a running server has loaded, page by page. */
import { detectRoutes, type Rule } from "@holdfast/contracts/detect";
import type { Client } from "../client.ts";

const PAGE = 1_000;

export async function serverRules(client: Client): Promise<Rule[]> {
  const rules: Rule[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.call(detectRoutes.listRules, { query: { limit: PAGE, sort: "title", cursor } });
    rules.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return rules;
}
