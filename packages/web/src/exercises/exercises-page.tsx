/** exercises-page: what can be rehearsed, why something cannot, and what the runs so far came to. */
import { type ExerciseBrief, type ExerciseRun, exerciseRoutes } from "@holdfast/contracts/exercises";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { call } from "../app/client.ts";
import { useGo } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { useLive } from "../app/live.ts";
import { ListEnd } from "../app/more.tsx";
import { Outcome } from "../app/outcome.tsx";
import { useCall, usePages } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { useTitle } from "../app/title.ts";
import { oneOf, useUrlState } from "../app/url-state.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Page, Panel } from "../ui/page.tsx";
import { Empty } from "../ui/states.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { Tabs } from "../ui/tabs.tsx";
import "./exercises.css";
import { RunStateTag } from "./run-words.tsx";
import { StartDialog } from "./start-dialog.tsx";

const STATE = { tab: oneOf(["exercises", "runs"], "exercises") };

export function ExercisesPage() {
  useTitle("Exercises");
  const [state, set] = useUrlState(STATE);
  const go = useGo();
  const client = useQueryClient();
  const [cursor, setCursor] = useState(0);
  const [starting, setStarting] = useState<ExerciseBrief | null>(null);
  const exercises = useCall(exerciseRoutes.listExercises, {});
  const key = useMemo(() => [exerciseRoutes.listExerciseRuns.path, "pages"], []);
  const runs = usePages(key, (after, signal) =>
    call(
      exerciseRoutes.listExerciseRuns,
      { query: { limit: 100, ...(after !== undefined && { cursor: after }) } },
      signal,
    ),
  );
  useLive(
    "exercises.changed",
    () => void client.invalidateQueries({ queryKey: [exerciseRoutes.listExerciseRuns.path] }),
  );
  const running = runs.rows.find((run) => run.state === "running");
  return (
    <Page title="Exercises">
      <Tabs
        label="Exercises and runs"
        fill
        value={state.tab}
        onChange={(tab) => set({ tab }, { push: true })}
        tabs={[
          { value: "exercises", label: "Exercises", mark: exercises.data?.items.length },
          {
            value: "runs",
            label: "Runs",
            mark: runs.first === undefined || runs.hasMore ? undefined : runs.rows.length,
          },
        ]}
      >
        {state.tab === "exercises" ? (
          <Outcome query={exercises} what="exercises" rows={12}>
            {({ items }) =>
              items.length === 0 ? (
                <Empty title="There are no exercises">
                  <p>Each one is a file that ends with .exercise.yml, in the folder of the exercises.</p>
                </Empty>
              ) : (
                <Library
                  items={items}
                  last={{ known: runs.first !== undefined && !runs.hasMore, runs: runs.rows }}
                  running={running?.title ?? ""}
                  onStart={setStarting}
                />
              )
            }
          </Outcome>
        ) : (
          <Outcome query={runs.query} what="runs" rows={12}>
            {() =>
              runs.rows.length === 0 ? (
                <Empty title="No exercise has been run yet">
                  <p>Start one under Exercises. What it does is rehearsed: nothing of it reaches a connector.</p>
                </Empty>
              ) : (
                <Table
                  label="Runs"
                  columns={RUNS}
                  rows={runs.rows}
                  rowKey={({ id }) => id}
                  cursor={cursor}
                  onCursor={setCursor}
                  onOpen={({ id }) => go(links.exerciseRun(id))}
                  onEnd={runs.more}
                  footer={<ListEnd pages={runs} />}
                />
              )
            }
          </Outcome>
        )}
      </Tabs>
      {starting !== null && (
        <StartDialog exercise={starting} onClose={() => setStarting(null)} onDone={(id) => go(links.exerciseRun(id))} />
      )}
    </Page>
  );
}

function Library(props: {
  items: readonly ExerciseBrief[];
  /** Newest first; `known`: they are all. */
  last: { readonly known: boolean; readonly runs: readonly ExerciseRun[] };
  /** The title of the one that runs now, or "". */
  running: string;
  onStart: (exercise: ExerciseBrief) => void;
}) {
  const denied = useRefusal()("exercises.run");
  const refusedFor = ({ problems }: ExerciseBrief): string => {
    if (denied !== "") return denied;
    if (problems.length > 0) return problems.join(" ");
    return props.running === "" ? "" : `"${props.running}" is running. End it first, or wait.`;
  };
  return (
    <div className="page-body scroll">
      <div className="exercise-library">
        <Panel flush>
          <table className="plain-table">
            <thead>
              <tr>
                <th scope="col">Exercise</th>
                <th scope="col">Kind</th>
                <th scope="col" className="number">
                  Minutes
                </th>
                <th scope="col" className="number">
                  Injects
                </th>
                <th scope="col" className="number">
                  Expected
                </th>
                <th scope="col">Last run</th>
                <th scope="col">
                  <span className="sr-only">Start</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {props.items.map((one) => {
                const last = props.last.runs.find((run) => run.exercise === one.id);
                return (
                  <tr key={one.id}>
                    <td>
                      <div className="strong">{one.title}</div>
                      <div className="faint exercise-story">{one.story}</div>
                      {one.problems.map((problem) => (
                        <div key={problem} className="field-error">
                          {problem}
                        </div>
                      ))}
                    </td>
                    <td className="short">{one.kind}</td>
                    <td className="number">{one.duration}</td>
                    <td className="number">{one.injects}</td>
                    <td className="number">{one.expectations}</td>
                    <td className="short">
                      {last === undefined ? (
                        <span className="faint">{props.last.known ? "never" : "not known"}</span>
                      ) : (
                        <Score run={last} />
                      )}
                    </td>
                    <td className="number">
                      <Button
                        size="compact"
                        label={`Start ${one.title}`}
                        refused={refusedFor(one)}
                        onClick={() => props.onStart(one)}
                      >
                        Start
                      </Button>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </Panel>
      </div>
    </div>
  );
}

function Score({ run }: { run: ExerciseRun }) {
  return (
    <span>
      {run.state === "running" ? "running" : `${run.score} of 100`}{" "}
      <span className="faint">
        <Clock at={run.startedAt} suffix="ago" />
      </span>
    </span>
  );
}

const RUNS: readonly Column<ExerciseRun>[] = [
  { key: "state", title: "State", width: "100px", render: (run) => <RunStateTag state={run.state} /> },
  {
    key: "title",
    title: "Exercise",
    width: "minmax(200px, 2fr)",
    render: ({ title }) => (
      <span className="strong">
        <LogText text={title} />
      </span>
    ),
  },
  { key: "score", title: "Score", width: "70px", align: "end", render: ({ score }) => score },
  { key: "met", title: "Met", width: "90px", align: "end", render: ({ met, of }) => `${met} of ${of}` },
  {
    key: "who",
    title: "Played by",
    width: "120px",
    above: 700,
    render: ({ auto }) => (auto ? "without people" : "people"),
  },
  { key: "speed", title: "Speed", width: "70px", align: "end", above: 1_040, render: ({ speed }) => `${speed}×` },
  {
    key: "by",
    title: "Started by",
    width: "minmax(100px, 1fr)",
    above: 800,
    render: ({ startedBy }) => startedBy.name,
  },
  {
    key: "started",
    title: "Started",
    width: "90px",
    align: "end",
    render: ({ startedAt }) => <Clock at={startedAt} />,
  },
];
