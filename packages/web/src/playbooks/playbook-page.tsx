/** playbook-page: one playbook, or a new one: its text with mistakes at their place, its graph beside it as it is typed, and a run. */
import { type PlaybookDetail, type PlaybookProblem, playbookRoutes } from "@holdfast/contracts/playbooks";
import { useQueryClient } from "@tanstack/react-query";
import { useBlocker, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useRef, useState } from "react";
import { call, explain, problemOf } from "../app/client.ts";
import { useGo } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { useTitle } from "../app/title.ts";
import { oneOf, useUrlState } from "../app/url-state.ts";
import type { EditorHandle } from "../detect/editor/yaml-editor.tsx";
import { useSettledText } from "../detect/editor/settled-text.ts";
import { Button } from "../ui/button.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Page } from "../ui/page.tsx";
import { Skeleton } from "../ui/states.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { ChangedNotice } from "./changed-notice.tsx";
import { EditBar } from "./edit-bar.tsx";
import { PlaybookGraph } from "./playbook-graph.tsx";
import "./playbooks.css";
import { OffNotice, offReason, SwitchButton } from "./playbook-switch.tsx";
import { StartDialog } from "./start-dialog.tsx";
import { TriggerDrawer, useTriggers } from "./trigger-drawer.tsx";

const Editor = lazy(async () => ({ default: (await import("../detect/editor/yaml-editor.tsx")).YamlEditor }));
const STATE = { panel: oneOf(["none", "triggers"], "none") };
const BLANK = `id: my-playbook
name: My playbook
variables:
  host: { type: string, required: true, from: "incident.hosts[0]" }
start: look
steps:
  look:
    manual: What is wrong with \${host}?
    team: security
`;

/** Step -> the first thing that is wrong with it. */
function mistakesOf(problems: readonly PlaybookProblem[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { level, at, message } of problems) {
    const [area, step] = at.split(".");
    if (level === "error" && area === "steps" && step !== undefined && !found.has(step)) found.set(step, message);
  }
  return found;
}

export function PlaybookPage() {
  const { id = "" } = useParams({ strict: false });
  const detail = useCall(playbookRoutes.getPlaybook, { params: { id } }, { enabled: id !== "new" });
  useTitle(id === "new" ? "New playbook" : (detail.data?.name ?? "Playbook"));
  if (id === "new") return <PlaybookView playbook={null} />;
  return detail.data === undefined ? (
    <Page title="Playbook">
      <Outcome query={detail} what="this playbook" rows={14}>
        {() => null}
      </Outcome>
    </Page>
  ) : (
    <PlaybookView key={detail.data.id} playbook={detail.data} />
  );
}

function PlaybookView({ playbook }: { playbook: PlaybookDetail | null }) {
  const go = useGo();
  const client = useQueryClient();
  const refusal = useRefusal();
  const editor = useRef<EditorHandle>(null);
  const [text, setText] = useState(playbook?.text ?? BLANK);
  /** The text that this one was made from, as the server named it. */
  const [base, setBase] = useState({ text: playbook?.text ?? BLANK, mark: playbook?.mark });
  const [comparing, setComparing] = useState(false);
  const [starting, setStarting] = useState(false);
  const [view, setView] = useUrlState(STATE);
  const triggers = useTriggers(playbook?.id).data?.items ?? [];
  const open = view.panel === "triggers" && playbook !== null;
  const toggle = (): void => setView({ panel: open ? "none" : "triggers" });
  useKeys({ t: { label: "Triggers", run: toggle } }, playbook !== null);
  const [selected, setSelected] = useState<string>();
  const settled = useSettledText(text, 300);
  const check = useCall(playbookRoutes.validatePlaybook, { body: { text: settled } }, { keep: true });
  const problems = check.data?.problems ?? [];
  const errors = problems.filter(({ level }) => level === "error");
  const graph = check.data?.graph ?? playbook?.graph ?? null;
  const changed = playbook === null ? text !== BLANK : text !== base.text;
  /** Those that this one was made from: what was read before is no news, however late it is read again. */
  const [known] = useState(() => new Set([playbook?.mark]));
  const overtaken = playbook !== null && !known.has(playbook.mark);
  const stand = ({ text: theirs, mark }: PlaybookDetail): void => {
    known.add(mark);
    setBase({ text: theirs, mark });
  };
  const takeTheirs = (): void => {
    if (playbook === null) return;
    stand(playbook);
    setText(playbook.text);
  };
  if (overtaken && !changed) takeTheirs();
  /** What was just saved is no loss when the page changes before it is read again. */
  const kept = useRef<string | null>(null);
  useBlocker({
    shouldBlockFn: ({ current, next }) =>
      changed &&
      kept.current !== text &&
      current.pathname !== next.pathname &&
      !window.confirm("Leave without saving the text?"),
    enableBeforeUnload: () => changed && kept.current !== text,
  });
  const wrong = useMemo(() => mistakesOf(check.data?.problems ?? []), [check.data]);
  const renew = (): void => {
    void client.invalidateQueries({ queryKey: [playbookRoutes.getPlaybook.path] });
    void client.invalidateQueries({ queryKey: [playbookRoutes.listPlaybooks.path] });
  };
  const act = async (what: string, run: () => Promise<PlaybookDetail>): Promise<void> => {
    try {
      const made = await run();
      kept.current = text;
      stand(made);
      renew();
      toast({ title: `${made.name}: ${what}` });
      if (playbook === null) go(links.playbook(made.id));
    } catch (error) {
      toast({ title: `Not ${what}`, body: explain(error), tone: "error" });
      if (problemOf(error).code === "PLAYBOOKS_CHANGED") renew();
    }
  };
  const save = (): Promise<void> =>
    act("saved as a draft", () =>
      playbook === null
        ? call(playbookRoutes.createPlaybook, { body: { text } })
        : call(playbookRoutes.savePlaybook, { params: { id: playbook.id }, body: { text, base: base.mark } }),
    );
  const select = (step: string): void => {
    setSelected(step);
    const line = text.split("\n").findIndex((one) => one.startsWith(`  ${step}:`));
    if (line >= 0) editor.current?.reveal(line + 1, 3);
  };
  const write = refusal("playbooks.write");
  const [first] = errors;
  return (
    <Page
      title={playbook?.name ?? "New playbook"}
      note={
        playbook !== null && (
          <span className="row faint small">
            {playbook.version === null ? "not published" : `v${playbook.version}`}
            {playbook.draft && <Tag tone="accent">draft</Tag>}
          </span>
        )
      }
      tools={
        <>
          <Button refused={write === "" && !changed ? "Nothing is changed" : write} onClick={() => void save()}>
            Save draft
          </Button>
          {playbook !== null && (
            <>
              <Button
                refused={
                  write !== "" ? write : !playbook.draft || changed ? "Save a draft first" : (first?.message ?? "")
                }
                onClick={() =>
                  void act("published", () =>
                    call(playbookRoutes.publishPlaybook, { params: { id: playbook.id }, body: { base: base.mark } }),
                  )
                }
              >
                Publish
              </Button>
              <SwitchButton playbook={playbook} />
              <Button keys="t" expanded={open} onClick={toggle}>
                {`Triggers ${triggers.length}`}
              </Button>
              <Button
                variant="primary"
                refused={
                  refusal("playbooks.run") || (playbook.version === null ? "Publish it first" : offReason(playbook))
                }
                onClick={() => setStarting(true)}
              >
                Run
              </Button>
            </>
          )}
        </>
      }
    >
      {playbook !== null && <OffNotice playbook={playbook} />}
      {overtaken && changed && (
        <ChangedNotice
          theirs={playbook}
          shown={comparing}
          onShow={() => setComparing(!comparing)}
          onTakeTheirs={takeTheirs}
          onKeepMine={() => stand(playbook)}
        />
      )}
      <div className={open ? "playbook-split with-drawer" : "playbook-split"}>
        <section className="playbook-text" aria-label="Text">
          <Suspense fallback={<Skeleton rows={14} />}>
            <Editor
              label="Playbook as YAML"
              text={text}
              onChange={setText}
              onSave={() => void save()}
              handle={editor}
              findings={problems.map(({ level, line, at, message }) => ({
                severity: level,
                line: line ?? 1,
                column: 1,
                message: at === "" ? message : `${at}: ${message}`,
              }))}
            />
          </Suspense>
          <p className="playbook-state small" role="status">
            {first === undefined ? "No errors" : `Line ${first.line ?? 1}: ${first.message}`}
            {errors.length > 1 && ` And ${errors.length - 1} more.`}
          </p>
        </section>
        <section className="playbook-graph" aria-label="Graph">
          {graph !== null && (
            <>
              <EditBar
                graph={graph}
                selected={selected}
                text={text}
                refused={write}
                onText={(edited, step) => {
                  setText(edited);
                  setSelected(step);
                }}
                onUndo={() => editor.current?.undo()}
              />
              <PlaybookGraph graph={graph} wrong={wrong} selected={selected} onSelect={select} />
            </>
          )}
        </section>
        {open && playbook !== null && <TriggerDrawer playbook={playbook} onClose={() => setView({ panel: "none" })} />}
      </div>
      {starting && playbook !== null && (
        <StartDialog
          playbook={playbook}
          incidentId={null}
          onClose={() => setStarting(false)}
          onDone={(run) => go(links.run(run))}
        />
      )}
    </Page>
  );
}
