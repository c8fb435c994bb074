/** rule-editor: a rule's text with what is wrong with it, what it needs, and a trial beside it. Knows nothing of saving but when
 *  it is asked for: the page that opened it writes. */
import { authoringRoutes, type Finding } from "@holdfast/contracts/authoring";
import type { CompletionSource } from "@codemirror/autocomplete";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useCall } from "../../app/query.ts";
import { useKeys } from "../../ui/keyboard.ts";
import { plural } from "../../ui/number.ts";
import { Panel } from "../../ui/page.tsx";
import { Skeleton } from "../../ui/states.tsx";
import { NeedsView } from "../needs.tsx";
import { BacktestPane } from "./backtest-pane.tsx";
import { Findings } from "./findings.tsx";
import "./rule-editor.css";
import { logsourceIn, suggest } from "./rule-words.ts";
import { TestPane } from "./test-pane.tsx";
import { useSettledText } from "./settled-text.ts";
import type { EditorHandle } from "./yaml-editor.tsx";

const YamlEditor = lazy(async () => ({ default: (await import("./yaml-editor.tsx")).YamlEditor }));
const CHECK_AFTER_MS = 300;
const NONE: readonly Finding[] = [];

export function RuleEditor(props: {
  label: string;
  text: string;
  /** The rule that is being edited; undefined for a new one. */
  id?: string | undefined;
  readOnly: boolean;
  onChange: (text: string) => void;
  onSave: () => void;
  /** Told how many errors keep the text from being loaded, as they are found. */
  onErrors?: (errors: number) => void;
  /** Rules are tried on events; a filter is not. */
  trial?: boolean;
}) {
  const { text, id } = props;
  const editor = useRef<EditorHandle>(null);
  const settled = useSettledText(text, CHECK_AFTER_MS);
  const check = useCall(
    authoringRoutes.checkRule,
    { body: { text: settled, ...(id !== undefined && { id }) } },
    { keep: true, enabled: settled !== "" },
  );
  const findings = useMemo(() => inOrder(check.data?.findings ?? NONE, id === undefined), [check.data, id]);
  const logsource = useMemo(() => logsourceIn(settled), [settled]);
  const words = useCall(authoringRoutes.completeRule, { query: logsource }, { keep: true }).data;
  const known = useRef(words);
  known.current = words;
  const complete: CompletionSource = useCallback((context) => {
    const found = suggest(context.state.doc.toString(), context.pos, known.current);
    if (found === null || (!context.explicit && context.pos === found.from)) return null;
    return {
      from: found.from,
      options: found.options.map(({ label, detail, info, insert }) => ({
        label,
        ...(detail !== undefined && { detail }),
        ...(info !== undefined && { info }),
        ...(insert !== undefined && { apply: insert }),
      })),
    };
  }, []);
  const [at, setAt] = useState(-1);
  const jump = (next: number): void => {
    const finding = findings[(next + findings.length) % Math.max(1, findings.length)];
    if (finding === undefined) return;
    setAt((next + findings.length) % findings.length);
    editor.current?.jump(finding.line, finding.column);
  };
  useKeys({
    F8: { label: "Next finding", run: () => jump(at + 1), everywhere: true },
    "shift+F8": { label: "Finding before", run: () => jump(at - 1), everywhere: true },
  });
  const errors = findings.filter((finding) => finding.severity === "error").length;
  const { onErrors } = props;
  useEffect(() => onErrors?.(errors), [errors, onErrors]);
  return (
    <div className="rule-editor">
      <div className="rule-editor-text">
        <Suspense fallback={<Skeleton rows={14} />}>
          <YamlEditor
            label={props.label}
            text={text}
            findings={findings}
            complete={complete}
            readOnly={props.readOnly}
            onChange={props.onChange}
            onSave={props.onSave}
            handle={editor}
          />
        </Suspense>
        <div className="rule-editor-findings" role="region" aria-label="What is wrong" tabIndex={0}>
          <p className="small" role="status">
            {summary(errors, findings.length - errors, check.data === undefined)}
          </p>
          <Findings
            findings={findings}
            onJump={(finding) => editor.current?.jump(finding.line, finding.column)}
            {...(!props.readOnly && { onFix: props.onChange })}
          />
        </div>
      </div>
      <div className="rule-editor-side">
        {props.trial !== false && (
          <>
            <TestPane text={text} />
            <BacktestPane text={text} />
          </>
        )}
        {check.data?.needs !== null && check.data?.needs !== undefined && (
          <Panel title="What it needs">
            <NeedsView needs={check.data.needs} />
          </Panel>
        )}
      </div>
    </div>
  );
}

/** What keeps it from loading comes first; a new rule is given its id when it is saved. */
const inOrder = (findings: readonly Finding[], fresh: boolean): readonly Finding[] =>
  findings
    .filter(({ code }) => !fresh || code !== "ID_MISSING")
    .toSorted((a, b) => RANKS[a.severity] - RANKS[b.severity] || a.line - b.line);

const RANKS = { error: 0, warning: 1, note: 2 } as const;

function summary(errors: number, others: number, waiting: boolean): string {
  if (waiting) return "Looking at the text …";
  if (errors > 0) return `${plural(errors, "error")}: it does not load like this. F8 goes to the next.`;
  return others === 0 ? "It loads." : `It loads, with ${plural(others, "remark")}. F8 goes to the next.`;
}
