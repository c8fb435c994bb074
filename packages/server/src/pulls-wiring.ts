/** pulls-wiring: gives what is fetched the definitions that come with the program, and the place of lists in the home. */
import { PLACES } from "./places.ts";
import type { Home } from "./platform/home/index.ts";
import { createPulls, type Pulls, type PullsOptions } from "./pulls/index.ts";

type Given = Omit<PullsOptions, "definitions" | "targets"> & { readonly home: Pick<Home, "paths"> };

export const wirePulls = ({ home, ...given }: Given): Pulls =>
  createPulls({ ...given, definitions: PLACES.pulls, targets: home.paths.targets });
