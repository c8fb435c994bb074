/** machine: what the machine does beside the test, so that a limit in seconds means the same on a busy one. */
import { availableParallelism, loadavg } from "node:os";

/** How many times more work there is than the machine has cores for; 1 when it has enough. */
export const crowding = (): number => Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());

export const milliseconds = (value: number): string =>
  value < 1_000 ? `${Math.round(value)} ms` : `${(value / 1_000).toFixed(1)} s`;
