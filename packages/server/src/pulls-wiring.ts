/** pulls-wiring: gives what is fetched the definitions that come with the program. */
import { PLACES } from "./places.ts";
import { createPulls, type Pulls, type PullsOptions } from "./pulls/index.ts";

export const wirePulls = (given: Omit<PullsOptions, "definitions">): Pulls =>
  createPulls({ ...given, definitions: PLACES.pulls });
