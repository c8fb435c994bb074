/**
 * explanation: what `explain` gives: whether the rule was tried on the event at all, and the tree of its condition with the
 * result of every node and the values that decided it. Plain data, so it can be sent to a page as it is.
 */
import type { Logsource } from "../rule.ts";

/** What the event has for a field. Texts are what the test was made on: one for a single value, several for a list. */
export type Found =
  | { readonly kind: "missing" }
  | { readonly kind: "null" }
  | {
      readonly kind: "texts";
      /** At most 20 texts of at most 512 characters; the ones that fit the test come first. */
      readonly texts: readonly string[];
      /** True when there were more, or longer, texts. */
      readonly cut: boolean;
    };

interface Judged {
  readonly holds: boolean;
  /** True for the nodes that the result of the whole condition rests on. */
  readonly decided: boolean;
}

export interface ExplainedItem extends Judged {
  readonly kind: "item";
  /** Undefined: a keyword, searched in the whole event. */
  readonly field: string | undefined;
  /** The name under which the event has the field, when it is not the rule's own. */
  readonly foundAs: string | undefined;
  readonly found: Found;
  /** The test in words, for example `ends with "\whoami.exe"`. */
  readonly test: string;
  /** The value as the author of the rule wrote it. */
  readonly shown: string;
  /** Why the test cannot be made at all; the rule then never matches. */
  readonly cannotRun: string | undefined;
}

export type ExplainedNode =
  | ExplainedItem
  | (Judged & { readonly kind: "and" | "or"; readonly of: readonly ExplainedNode[] })
  | (Judged & { readonly kind: "not"; readonly of: ExplainedNode })
  | (Judged & {
      readonly kind: "selection";
      readonly name: string;
      /** Title of the filter that the selection belongs to; the rule's own have none. */
      readonly filter?: string | undefined;
      readonly of: ExplainedNode;
    });

export interface ExplainedRouting {
  /** False: the rule was not tried on this event, whatever its condition says. */
  readonly routed: boolean;
  /** The rule's log source. */
  readonly wanted: Logsource;
  /** The events that feed that log source, in words, one way each. Empty when nothing feeds it. */
  readonly ways: readonly string[];
  /** What the engine took the event for. */
  readonly event: {
    readonly channel: string | undefined;
    readonly eventId: string | undefined;
    readonly eventType: string | undefined;
    readonly logsource: Logsource | undefined;
  };
  /** One sentence: why it was tried, or why not and what would help. */
  readonly reason: string;
}

export interface Explanation {
  readonly rule: { readonly id: string; readonly title: string };
  /** The engine's verdict: routed, and the condition holds. */
  readonly matched: boolean;
  readonly routing: ExplainedRouting;
  /** The condition; also worked out when the rule was not routed, to show what would have been. */
  readonly condition: ExplainedNode;
}
