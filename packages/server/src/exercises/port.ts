/** port: what exercises need of the areas they rehearse. Functions that main passes in; all are about one exercise run only. */
import type { ScenarioEstate } from "@holdfast/scenario";
import type { AlertFact, EffectFact, IncidentFact, RunFact, ToldFact } from "./facts.ts";
import type { RealTimes } from "./stages.ts";

/** The floor as an exercise sees it. */
export interface Floor {
  /** Raw records by an input of this kind, marked with the run at their source. Resolves when they are on disk; those of an inject are
   *  sent once, also when a crash cut the sending off and it is asked for again. */
  send(batch: {
    readonly runId: string;
    readonly inject: string;
    readonly input: "syslog-udp" | "syslog-tcp" | "http";
    readonly records: readonly string[];
  }): Promise<void>;
  alerts(runId: string): Promise<AlertFact[]>;
  incidents(runId: string): Promise<IncidentFact[]>;
  effects(runId: string): Promise<EffectFact[]>;
  playbookRuns(runId: string): Promise<RunFact[]>;
  /** Messages that actions sent, or would have sent, to a team. */
  told(runId: string): Promise<ToldFact[]>;
  /** What the stages took in real incidents. */
  realTimes(): Promise<RealTimes>;
  estate(): Promise<ScenarioEstate>;
}

/** Those who stand in for people in a run without people. Each call does what a person would do next, and nothing twice. */
export interface Players {
  acknowledge(runId: string): Promise<void>;
  startPlaybook(run: { readonly runId: string; readonly playbook: string; readonly incidentId: string }): Promise<void>;
  /** Approves what waits, as a person of the side that is asked. */
  approve(runId: string): Promise<void>;
  /** Does the manual steps that wait. */
  doManualSteps(runId: string): Promise<void>;
}
