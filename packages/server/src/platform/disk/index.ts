/** index: the surface of the free-space watch. */
export { createDiskWatch, type DiskState } from "./disk-watch.ts";
