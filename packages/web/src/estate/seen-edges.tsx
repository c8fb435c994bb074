/** seen-edges: what telemetry shows of whom a service needs and who needs it, with how sure that is and why, to be accepted or dismissed.
 *  Declared needs stand elsewhere; here is said that telemetry bears them out. */
import { estateRoutes, type ObservedEdge } from "@holdfast/contracts/estate";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { ServiceLink } from "../app/service.tsx";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Section } from "../ui/drawer.tsx";
import { count } from "../ui/number.ts";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";

export function SeenEdges({ service }: { service: string }) {
  const edges = useCall(estateRoutes.listEdges, { query: { service } });
  return (
    <Section title="Seen in traces and connections">
      <Outcome query={edges} what="the dependencies that were seen">
        {({ items }) =>
          items.length === 0 ? (
            <p className="faint">
              Nothing yet. Traces that name this service, and connections between its assets and those of others, show
              here whom it needs.
            </p>
          ) : (
            <ul className="stack">
              {items.map((edge) => (
                <Edge key={`${edge.from.id} ${edge.to.id}`} edge={edge} service={service} />
              ))}
            </ul>
          )
        }
      </Outcome>
    </Section>
  );
}

const STATES: Readonly<Record<ObservedEdge["state"], string>> = {
  proposed: "not accepted yet",
  accepted: "accepted",
  dismissed: "dismissed",
  declared: "declared, and seen",
};

function Edge({ edge, service }: { edge: ObservedEdge; service: string }) {
  const client = useQueryClient();
  const refused = useRefusal()("estate.write");
  const [busy, setBusy] = useState(false);
  const decide = async (state: "accepted" | "dismissed" | "proposed"): Promise<void> => {
    setBusy(true);
    try {
      await call(estateRoutes.decideEdge, { body: { from: edge.from.id, to: edge.to.id, state, reason: "" } });
      for (const route of Object.values(estateRoutes)) void client.invalidateQueries({ queryKey: [route.path] });
      if (state !== "proposed")
        toast({
          title: `${edge.from.name} needs ${edge.to.name}: ${state}`,
          action: { label: "Undo", run: () => void decide("proposed") },
        });
    } catch (reason) {
      toast({ tone: "error", title: "The decision was not taken", body: explain(reason) });
    } finally {
      setBusy(false);
    }
  };
  const out = edge.from.id === service;
  return (
    <li className="stack tight">
      <div className="row between">
        <span className="row wrap">
          <span className="faint">{out ? "needs" : "is needed by"}</span>
          <ServiceLink service={out ? edge.to : edge.from} />
          <Tag tone={edge.state === "proposed" ? "accent" : "neutral"}>{STATES[edge.state]}</Tag>
        </span>
        <span className="row">
          {edge.state === "proposed" && (
            <>
              <Button size="compact" refused={refused} busy={busy} onClick={() => void decide("accepted")}>
                Accept
              </Button>
              <Button
                size="compact"
                variant="ghost"
                refused={refused}
                busy={busy}
                onClick={() => void decide("dismissed")}
              >
                Dismiss
              </Button>
            </>
          )}
          {(edge.state === "accepted" || edge.state === "dismissed") && (
            <Button
              size="compact"
              variant="ghost"
              refused={refused}
              busy={busy}
              onClick={() => void decide("proposed")}
            >
              Leave open again
            </Button>
          )}
        </span>
      </div>
      <details>
        <summary className="small">
          {Math.round(edge.confidence * 100)} % sure · seen {count(edge.count)} times, last <Clock at={edge.lastSeen} />
        </summary>
        <table className="plain-table small">
          <tbody>
            {edge.terms.map(({ text, value }) => (
              <tr key={text}>
                <td>{text}</td>
                <td>{value}</td>
              </tr>
            ))}
            {edge.evidence.map((one, at) => (
              <tr key={at}>
                <td className="faint">
                  {KINDS[one.kind]} <LogText text={one.detail} /> <LogText text={one.between} />
                </td>
                <td className="faint">{count(one.count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {edge.decided !== null && (
          <p className="small faint">
            {edge.state} by <LogText text={edge.decided.by} />, <Clock at={edge.decided.at} />
          </p>
        )}
      </details>
    </li>
  );
}

const KINDS = { trace: "trace", call: "call", flow: "connections to port" } as const;
