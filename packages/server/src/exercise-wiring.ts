/** exercise-wiring: gives exercises the floor they rehearse on, and the people that a run without people is played by. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { estateFile } from "@holdfast/contracts/estate-file";
import type { Team } from "@holdfast/contracts/model";
import { parse } from "yaml";
import type { createEstate } from "./estate/index.ts";
import { createExercises, type Exercises, type ExercisesOptions } from "./exercises/index.ts";
import { PLACES } from "./places.ts";
import type { CallContext } from "./platform/http-contract.ts";
import type { Rehearse } from "./ingest/index.ts";
import type { Playbooks } from "./playbooks/index.ts";
import type { Respond } from "./respond/index.ts";
import type { Triage } from "./triage/index.ts";

type Given = Pick<ExercisesOptions, "tables" | "clock" | "log" | "audit" | "workflows" | "people"> & {
  readonly triage: Pick<Triage, "rehearsed" | "stageTimes" | "routes">;
  readonly respond: Pick<Respond, "timings" | "approvalsWaiting" | "decide">;
  readonly playbooks: Pick<Playbooks, "start" | "routes">;
  readonly estate: Pick<ReturnType<typeof createEstate>, "cast">;
  readonly rehearse: Rehearse;
};

const REAL_MS = 90 * 24 * 3_600_000;

export function wireExercises(given: Given): Exercises {
  const { triage, respond, playbooks, estate, rehearse, clock } = given;
  const runsOf = async (exercise: string) =>
    (await playbooks.routes.listRuns({ params: {}, query: { limit: 100, exercise }, body: {} }, playerOf("security")))
      .items;
  return createExercises({
    ...given,
    directory: PLACES.exercises,
    written: estateFile.parse(parse(readFileSync(join(PLACES.estate, "demo.yaml"), "utf8"))),
    floor: {
      send: ({ runId, ...batch }) => rehearse({ exerciseId: runId, ...batch }),
      alerts: (runId) => triage.rehearsed.alerts(runId),
      incidents: (runId) => triage.rehearsed.incidents(runId),
      effects: (exercise) => respond.timings({ exercise }),
      playbookRuns: async (exercise) =>
        (await runsOf(exercise)).map(({ playbookId, startedAt }) => ({
          playbook: playbookId,
          startedAt: Date.parse(startedAt),
        })),
      told: async (exercise) =>
        (await respond.timings({ exercise })).flatMap(({ action, input, provenAt }) =>
          action === "send-message" && provenAt !== null && isTeam(input["team"])
            ? [{ team: input["team"], by: "a playbook", at: provenAt }]
            : [],
        ),
      realTimes: async () => {
        const since = clock.now() - REAL_MS;
        const [alerts, effects] = await Promise.all([triage.stageTimes(since), respond.timings({ since })]);
        return {
          ...alerts,
          approve: effects.flatMap(({ approvals: [first], proposedAt }) =>
            first === undefined ? [] : [(first.at - proposedAt) / 1000],
          ),
          contain: effects.flatMap(({ provenAt, proposedAt }) =>
            provenAt === null ? [] : [(provenAt - proposedAt) / 1000],
          ),
        };
      },
      estate: () => estate.cast(),
    },
    players: {
      async acknowledge(runId) {
        const fresh = (await triage.rehearsed.alerts(runId)).filter((alert) => alert.acknowledgedAt === null);
        if (fresh.length === 0) return;
        const body = { ids: fresh.map(({ id }) => id), action: { kind: "acknowledge" as const } };
        await triage.routes.actOnAlerts({ params: {}, query: {}, body }, playerOf("security"));
      },
      async startPlaybook({ runId, playbook, incidentId }) {
        const { actor } = playerOf("security");
        await playbooks.start({
          playbookId: playbook,
          incidentId,
          variables: {},
          startedBy: { id: actor.id, name: actor.name },
          exerciseId: runId,
          key: `${runId}:${playbook}`,
        });
      },
      async approve(runId) {
        for (const { approval } of await respond.approvalsWaiting(runId)) {
          const side = approval.requirement.sides.find(
            ({ team, count }) => approval.decisions.filter((one) => team === null || one.team === team).length < count,
          );
          if (side === undefined) continue;
          const player = playerOf(side.team ?? "operations", approval.decisions.length);
          await respond.decide({
            approvalId: approval.id,
            by: { who: { id: player.actor.id, name: player.actor.name }, team: player.team, actor: player.actor },
            verdict: "approve",
            reason: "Approved in an exercise without people.",
            hash: approval.hash,
          });
        }
      },
      async doManualSteps(exercise) {
        for (const { id } of await runsOf(exercise)) {
          const player = playerOf("operations");
          const { steps, state } = await playbooks.routes.getRun({ params: { id }, query: {}, body: {} }, player);
          if (state !== "running") continue;
          for (const step of steps) {
            if (step.kind !== "manual" || step.state !== "waiting") continue;
            const body = { decision: "done" as const, reason: "Done in an exercise without people.", variables: {} };
            await playbooks.routes.decideStep({ params: { id, instance: step.instance }, query: {}, body }, player);
          }
        }
      },
    },
  });
}

const isTeam = (value: unknown): value is Team => value === "security" || value === "operations";

/** Somebody of a team, for a run without people; `number` tells those of one team apart. */
function playerOf(team: Team, number = 0): CallContext {
  return {
    actor: { kind: "system", id: `exercise-${team}-${number}`, name: `Exercise player, ${team}` },
    role: "admin",
    team,
    permissions: new Set(),
    sessionId: null,
    session: null,
    ip: "",
    signal: new AbortController().signal,
    setSessionCookie: () => {},
  };
}
