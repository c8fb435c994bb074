/** index: the surface of the free-space watch. */
export {
  createDiskWatch,
  type DiskFacts,
  type DiskState,
  type DiskWatch,
  type DiskWatchOptions,
} from "./disk-watch.ts";
