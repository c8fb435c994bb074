/** evidence-routes: the HTTP operations on evidence. */
import type { evidenceRoutes } from "@holdfast/contracts/evidence";
import type { Handlers } from "../platform/http-contract.ts";
import * as work from "./evidence-work.ts";
import { addTrail, type PinContext, pinSearch } from "./pins.ts";

export function createEvidenceRoutes(context: PinContext): Handlers<typeof evidenceRoutes> {
  return {
    listEvidence: async ({ params }) => ({ items: await work.listEvidence(context, params.id) }),
    pinSearch: async ({ params, body }, call) => {
      const { id } = await pinSearch(context, call, { incidentId: params.id, ...body });
      const pinned = (await work.listEvidence(context, params.id)).find((piece) => piece.id === id);
      if (pinned === undefined) throw new Error("a pin that was just written is not there");
      return pinned;
    },
    handOver: ({ params, body }, call) => work.handOver(context, call, { id: params.id, ...body }),
    verifyEvidence: ({ params }, call) => work.verify(context, call, params.id),
    sealEvidence: ({ params }, call) => work.seal(context, call, params.id),
    addTrail: ({ params, body }, call) => addTrail(context, call, { incidentId: params.id, ...body }),
  };
}
