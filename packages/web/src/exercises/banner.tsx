/** banner: over every page while an exercise runs, so that nobody takes it for real, nor something real for the exercise. */
import { exerciseRoutes } from "@holdfast/contracts/exercises";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { useLive } from "../app/live.ts";
import { useCall } from "../app/query.ts";
import { LogText } from "../ui/code.tsx";
import "./exercises.css";

/** In case the stream of changes is cut: a banner that stays after the end would lie. */
const LOOK_MS = 20_000;

export function ExerciseBanner() {
  const running = useCall(
    exerciseRoutes.listExerciseRuns,
    { query: { state: "running", limit: 1 } },
    { everyMs: LOOK_MS },
  );
  useLive("exercises.changed", () => void running.refetch());
  const run = running.data?.items[0];
  return (
    <div role="status" aria-label="Exercise">
      {run !== undefined && (
        <div className="exercise-banner">
          <strong className="exercise-word">EXERCISE</strong>
          <span className="truncate">
            <LogText text={run.title} />
          </span>
          <span className="exercise-promise">nothing of this reaches a connector</span>
          <Link to={links.exerciseRun(run.id)}>Open the run</Link>
        </div>
      )}
    </div>
  );
}
