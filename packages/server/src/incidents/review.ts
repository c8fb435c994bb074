/** review: what is learned from an incident. The first version is a template that holds what is known by itself: when what
 *  happened, and where the time went. Actions with owner and due date are tasks of the kind "action". */
import type { Review } from "@holdfast/contracts/incidents";
import { type Caller, change } from "./change.ts";
import type { WorkContext } from "./context.ts";
import { fail } from "./errors.ts";
import { readReview, saveReview as store } from "./review-store.ts";

export async function saveReview(
  context: WorkContext,
  caller: Caller,
  asked: Pick<Review, "happened" | "wentWell" | "wentBadly" | "waits" | "version"> & {
    readonly incidentId: string;
    readonly publish: boolean;
  },
): Promise<Review> {
  return change(context, { caller, incidentId: asked.incidentId, action: "incident.review.saved" }, async (work) => {
    const { tx, now, incident, actor } = work;
    const before = await readReview(tx, incident.id);
    if (!(await store(tx, incident.id, { ...asked, by: actor.name, now }))) {
      throw fail(
        "INCIDENTS_REVIEW_CHANGED",
        `The review of INC-${incident.number} was changed by ${before.changedBy ?? "somebody"} since you opened it: copy your text, reload, and put it in.`,
        { details: { version: before.version } },
      );
    }
    if (asked.publish && before.publishedAt === null)
      await work.note({ kind: "review", title: "Published the review" });
    const answer = await readReview(tx, incident.id);
    return { answer, details: { version: answer.version, publish: asked.publish } };
  });
}
