/** queue: groups in the order in which they were fed, linked through the groups themselves: moving one costs no memory. */
import type { Group } from "./group.ts";

export class Queue {
  private first: Group | undefined = undefined;
  private last: Group | undefined = undefined;

  get oldest(): Group | undefined {
    return this.first;
  }

  put(group: Group): void {
    group.older = this.last;
    group.newer = undefined;
    if (this.last === undefined) this.first = group;
    else this.last.newer = group;
    this.last = group;
  }

  take(group: Group): void {
    if (group.older === undefined) this.first = group.newer;
    else group.older.newer = group.newer;
    if (group.newer === undefined) this.last = group.older;
    else group.newer.older = group.older;
    group.older = undefined;
    group.newer = undefined;
  }
}
