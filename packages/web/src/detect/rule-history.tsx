/** rule-history: every edit of a rule with who, when and why, what it changed, and the way back to it. */
import { detectRoutes, type RuleDetail } from "@holdfast/contracts/detect";
import { type DiffLine, editingRoutes, type RuleVersion } from "@holdfast/contracts/editing";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Panel } from "../ui/page.tsx";
import { Empty } from "../ui/states.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";

export function RuleHistory({ rule }: { rule: RuleDetail }) {
  const versions = useCall(editingRoutes.listRuleVersions, { params: { id: rule.id } });
  const [open, setOpen] = useState<number>();
  return (
    <div className="rule-overview" tabIndex={0} role="region" aria-label="History">
      <Outcome query={versions} what="the history" rows={8}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Its text was never edited here">
              <p>It is read from {`${rule.pack}/${rule.path}`}.</p>
            </Empty>
          ) : (
            <>
              <Panel title="Edits" flush>
                <Versions items={items} open={open ?? items[0]?.version} onOpen={setOpen} />
              </Panel>
              <VersionText rule={rule} version={open ?? items[0]?.version ?? 0} />
            </>
          )
        }
      </Outcome>
    </div>
  );
}

function Versions(props: {
  items: readonly RuleVersion[];
  open: number | undefined;
  onOpen: (version: number) => void;
}) {
  return (
    <ul className="versions">
      {props.items.map((item) => (
        <li key={item.version}>
          <button
            type="button"
            className="version"
            aria-current={item.version === props.open}
            onClick={() => props.onOpen(item.version)}
          >
            <span className="row">
              <strong>{item.version === 0 ? "File" : `Version ${item.version}`}</strong>
              <span>{item.change}</span>
              {item.current && <Tag tone="accent">in force</Tag>}
              <span className="faint mono small">
                +{item.added} −{item.removed}
              </span>
            </span>
            <span className="faint small">
              <Clock at={item.at} form="absolute" /> · <LogText text={item.by} />
            </span>
            {item.note !== "" && <LogText text={item.note} />}
          </button>
        </li>
      ))}
    </ul>
  );
}

function VersionText({ rule, version }: { rule: RuleDetail; version: number }) {
  const found = useCall(editingRoutes.getRuleVersion, { params: { id: rule.id, version } }, { keep: true });
  const refused = useRefusal()("rules.write");
  const client = useQueryClient();
  const restore = async (): Promise<void> => {
    try {
      await call(editingRoutes.restoreRuleVersion, {
        params: { id: rule.id, version },
        body: { version: rule.version, note: `Restored version ${version}` },
      });
      toast({ title: `Version ${version} is in force again` });
      for (const { path } of [detectRoutes.getRule, detectRoutes.listRules, editingRoutes.listRuleVersions])
        void client.invalidateQueries({ queryKey: [path] });
    } catch (error) {
      toast({ title: "The version was not restored", body: explain(error), tone: "error" });
    }
  };
  return (
    <Panel
      title={version === 0 ? "The file's text" : `Version ${version}`}
      tools={
        version !== rule.version && (
          <Button size="compact" refused={refused} onClick={() => void restore()}>
            Restore
          </Button>
        )
      }
    >
      <Outcome query={found} what="the text" rows={10}>
        {({ diff, text }) => (
          <Diff
            lines={
              diff.length > 0
                ? diff
                : text.split("\n").map((line, at) => ({ kind: "same", text: line, before: null, after: at + 1 }))
            }
          />
        )}
      </Outcome>
    </Panel>
  );
}

const SIGNS = { same: " ", added: "+", removed: "−" } as const;

export function Diff({ lines, label }: { lines: readonly DiffLine[]; label?: string }) {
  return (
    <ol className="diff mono" aria-label={label ?? "Difference from the version before"}>
      {lines.map((line, at) => (
        <li key={at} className={`diff-line ${line.kind}`}>
          <span className="diff-number">{line.before ?? ""}</span>
          <span className="diff-number">{line.after ?? ""}</span>
          <span className="diff-sign">{SIGNS[line.kind]}</span>
          <LogText text={line.text} />
        </li>
      ))}
    </ol>
  );
}
