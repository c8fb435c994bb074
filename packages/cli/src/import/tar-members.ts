/** tar-members: the files inside a .tar, one after the other, as a tar can only be read forwards: each is kept while it is the
 *  current one. */
import { Readable } from "node:stream";
import { extract, type Header } from "tar-stream";
import { type Content, keep } from "./content.ts";
import { isHidden, pathProblem, type UnpackBudget } from "./unpack-limits.ts";

export async function* tarMembers(
  archive: Content,
  { budget, report }: { readonly budget: UnpackBudget; readonly report: (path: string, message: string) => void },
): AsyncGenerator<Content> {
  const tar = extract();
  const source = Readable.from(archive.read());
  source.once("error", (error) => tar.destroy(error));
  source.pipe(tar);
  let before = 0;
  const weight = (): number => {
    const now = archive.fraction();
    const share = archive.weight * Math.max(now - before, 0);
    before = now;
    return share;
  };
  try {
    for await (const entry of tar) {
      budget.takeEntries(1);
      const { name, type } = entry.header;
      const path = `${archive.path}!/${name.replace(/^(\.\/)+/, "")}`;
      const file = type === "file" || type === "contiguous-file";
      const problem = file ? pathProblem(name) : typeProblem(type);
      if (problem !== undefined) report(path, problem);
      if (!file || problem !== undefined || isHidden(name)) {
        entry.resume();
        continue;
      }
      const content = await keep(buffersOf(entry), { path, weight });
      try {
        yield content;
      } finally {
        await content.close();
      }
    }
  } finally {
    source.destroy();
    tar.destroy();
  }
}

function typeProblem(type: Header["type"]): string | undefined {
  if (type === "symlink" || type === "link") return "it is a link, which is not followed inside an archive.";
  return type === "directory" ? undefined : `it is no file (${type ?? "unknown type"}), so it was skipped.`;
}

async function* buffersOf(entry: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  for await (const chunk of entry) if (Buffer.isBuffer(chunk)) yield chunk;
}
