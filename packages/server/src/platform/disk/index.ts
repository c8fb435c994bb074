/** index: the surface of the free-space watch, and of reading folders. */
export { createDiskWatch, type DiskState, type DiskWatch } from "./disk-watch.ts";
export { type FileToCopy, isGone, readTree, type Tree, under } from "./tree.ts";
