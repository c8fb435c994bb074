/** deliveries: brings one page to its recipients. Each person's methods are tried in order until one gets through. A method is used at
 *  most once: it is written down as sending before anything leaves, and one that a crash left so is unknown, never repeated. */
import { createHash, randomBytes } from "node:crypto";
import * as store from "./escalation-store.ts";
import type { Delivered, IncidentFacts, OncallOptions } from "./port.ts";

export interface Deliveries {
  deliver(pageId: string): Promise<null>;
}

export const ANSWER_PATH = "/oncall/answer/";

export function createDeliveries(options: OncallOptions): Deliveries {
  const { tables, clock } = options;
  const { db } = tables;

  const stillWanted = async (incidentId: string): Promise<boolean> =>
    (await store.latestEscalation(db, incidentId))?.state === "running";

  const bring = async (page: store.PageRecord, methods: readonly store.DeliveryRecord[]): Promise<void> => {
    const skip = (one: store.DeliveryRecord, reason: string) =>
      store.moveDelivery(db, one.id, { from: "waiting", to: "skipped", reason, now: clock.now() });
    let through = false;
    for (const one of methods) {
      if (one.state === "sending") {
        const reason = "Holdfast stopped while it was being sent; it is not sent twice.";
        await store.moveDelivery(db, one.id, { from: "sending", to: "unknown", reason, now: clock.now() });
      }
      if (one.state === "delivered" && one.kind !== "browser") through = true;
      if (one.state !== "waiting") continue;
      if (one.kind === "browser") {
        const reason = "Shown on every open page of Holdfast.";
        await store.moveDelivery(db, one.id, { from: "waiting", to: "delivered", reason, now: clock.now() });
      } else if (through) await skip(one, "An earlier method got through.");
      else if (!(await stillWanted(page.incidentId))) await skip(one, "Somebody had answered before.");
      else through = await send(page, one);
    }
  };

  /** True when it got through. */
  const send = async (page: store.PageRecord, one: store.DeliveryRecord): Promise<boolean> => {
    const incident = await options.incidentOf(db, page.incidentId);
    if (incident !== undefined && incident.exerciseId !== null) {
      const reason = "An exercise: nothing leaves Holdfast.";
      await store.moveDelivery(db, one.id, { from: "waiting", to: "skipped", reason, now: clock.now() });
      return false;
    }
    const secret = randomBytes(32).toString("base64url");
    const claimed = await store.moveDelivery(db, one.id, {
      from: "waiting",
      to: "sending",
      now: clock.now(),
      answerHash: hashOf(secret),
    });
    if (!claimed || incident === undefined || one.connectorId === null) return false;
    const outcome = await deliverSafely(page, one, { incident, secret, connectorId: one.connectorId });
    const to = outcome.kind === "done" ? "delivered" : outcome.kind;
    const reason = outcome.kind === "done" ? "" : outcome.reason;
    await store.moveDelivery(db, one.id, { from: "sending", to, reason, now: clock.now() });
    return outcome.kind === "done";
  };

  const deliverSafely = async (
    page: store.PageRecord,
    one: store.DeliveryRecord,
    given: { readonly incident: IncidentFacts; readonly secret: string; readonly connectorId: string },
  ): Promise<Delivered> => {
    const { incident, secret, connectorId } = given;
    const link = `${options.address()}/incidents/${incident.number}`;
    const answer = `${options.address()}${ANSWER_PATH}${secret}`;
    const lines = [
      `${incident.title}`,
      "",
      `Severity: ${incident.severity}`,
      `Why you: step ${page.step + 1} of "${page.policyName}", ${page.reason}`,
      "",
      `Answer for it: ${answer}`,
      `See it: ${link}`,
    ];
    try {
      return await options.deliver({
        connectorId,
        to: one.to,
        subject: `[${incident.severity}] INC-${incident.number} ${incident.title}`.slice(0, 200),
        text: lines.join("\n"),
        link: one.kind === "email" ? answer : link,
        answerable: true,
        key: keyOf(one.id),
      });
    } catch (error) {
      // A fault of ours after the sending began: it may have left.
      options.log.error({ delivery: one.id, error: String(error) }, "A page could not be brought to its recipient.");
      return { kind: "unknown", reason: String(error) };
    }
  };

  return {
    deliver: async (pageId) => {
      const [page] = await store.readPages(db, { id: pageId, limit: 1 });
      if (page === undefined || page.state === "done") return null;
      const all = await store.readDeliveries(db, [pageId]);
      const recipients = Map.groupBy(all, ({ recipient }) => recipient);
      await Promise.all([...recipients.values()].map((methods) => bring(page, methods)));
      await store.closePage(db, pageId);
      await tables.notify(db, "oncall.changed", { incidentId: page.incidentId });
      return null;
    },
  };
}

export function hashOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

const KEY = "holdfast-page-";

/** How channels name a delivery when they answer. */
export const keyOf = (deliveryId: string): string => KEY + deliveryId;

export function deliveryOf(key: string): string | undefined {
  return key.startsWith(KEY) ? key.slice(KEY.length) : undefined;
}
