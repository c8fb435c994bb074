/** every-page: a list of the server, read to its end. */

/** @param read one page; without a cursor the first */
export async function everyPage<T>(
  read: (cursor: string | undefined) => Promise<{ readonly items: readonly T[]; readonly next: string | null }>,
): Promise<T[]> {
  const all: T[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await read(cursor);
    all.push(...page.items);
    if (page.next === null) return all;
    cursor = page.next;
  }
}
