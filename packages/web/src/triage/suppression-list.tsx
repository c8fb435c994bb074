/** suppression-list: every suppression with who answers for it, why, until when, and what it hid. */
import { triageSettingsRoutes, type Suppression } from "@holdfast/contracts/triage-settings";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { More } from "../app/more.tsx";
import { Outcome } from "../app/outcome.tsx";
import { usePages } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { plural } from "../ui/number.ts";
import { Panel } from "../ui/page.tsx";
import { Empty } from "../ui/states.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { SuppressDialog } from "./suppress-dialog.tsx";

export function SuppressionList() {
  const pages = usePages([triageSettingsRoutes.listSuppressions.path], (cursor, signal) =>
    call(
      triageSettingsRoutes.listSuppressions,
      { query: { limit: 100, ...(cursor !== undefined && { cursor }) } },
      signal,
    ),
  );
  const client = useQueryClient();
  const refused = useRefusal()("triage.write");
  const [making, setMaking] = useState(false);
  const renew = () => void client.invalidateQueries({ queryKey: [triageSettingsRoutes.listSuppressions.path] });
  const end = async (id: string, release: boolean): Promise<void> => {
    try {
      await call(triageSettingsRoutes.endSuppression, { params: { id }, body: { release } });
      renew();
      toast({ title: release ? "Ended; what it hid is in the queue" : "The suppression has ended" });
    } catch (error) {
      toast({ title: "The suppression was not ended", body: explain(error), tone: "error" });
    }
  };
  return (
    <div className="pane" tabIndex={0} role="region" aria-label="Suppressions">
      <Panel
        title="Suppressions"
        note="Hidden alerts are counted and kept; nothing is dropped"
        tools={
          <Button refused={refused} onClick={() => setMaking(true)}>
            New suppression
          </Button>
        }
        flush
      >
        <Outcome query={pages.query} what="suppressions" rows={6}>
          {() =>
            pages.rows.length === 0 ? (
              <Empty title="Nothing is suppressed">
                <p>On an alert, Shift+S hides its like for a time, with a reason.</p>
              </Empty>
            ) : (
              <ul>
                {pages.rows.map((item) => (
                  <Row key={item.id} item={item} refused={refused} onEnd={(release) => void end(item.id, release)} />
                ))}
              </ul>
            )
          }
        </Outcome>
        <More pages={pages} />
      </Panel>
      {making && <SuppressDialog onDone={renew} onClose={() => setMaking(false)} />}
    </div>
  );
}

function Row({ item, refused, onEnd }: { item: Suppression; refused: string; onEnd: (release: boolean) => void }) {
  return (
    <li className="entry">
      <div className="stack tight">
        <div className="row wrap">
          <Tag tone={item.state === "active" ? "accent" : "neutral"}>{item.state}</Tag>
          <code className="mono">
            <LogText text={item.expression} />
          </code>
          {item.ruleId !== null && <Link to={links.rule(item.ruleId)}>one rule</Link>}
        </div>
        <p>
          <LogText text={item.reason} />
        </p>
        <div className="row wrap faint small">
          <span>owner {item.owner}</span>
          <span>
            {item.expiresAt === null ? "no end" : "until "}
            {item.expiresAt !== null && <Clock at={item.expiresAt} form="absolute" />}
          </span>
          <Link to={links.alerts({ queue: "all", holdId: item.id })}>
            hid {plural(item.hiddenAlerts, "alert")}, {plural(item.hiddenSignals, "signal")}
          </Link>
          {item.ending !== "" && <LogText text={item.ending} />}
          {item.problem !== null && <LogText text={item.problem} />}
        </div>
      </div>
      <div className="row">
        {item.endedAt === null && (
          <Button size="compact" refused={refused} onClick={() => onEnd(false)}>
            End
          </Button>
        )}
        <Button size="compact" refused={refused} onClick={() => onEnd(true)}>
          {item.endedAt === null ? "End and release" : "Release what it hid"}
        </Button>
      </div>
    </li>
  );
}
