/** file-intake: takes one found file after the other: what is inside it, in which format, whether the server has it, and its
 *  records from the first that is new. Counts what it reads, so that the server's numbers can be checked. */
import { createHash, hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { ingestRoutes } from "@holdfast/contracts/ingest";
import type { Client } from "../client.ts";
import { type Content, keep, type OpenContent, openFile } from "./content.ts";
import { type Cut, cutOf, detectCut, type Format } from "./format.ts";
import { type FoundFile, STDIN } from "./found-files.ts";
import { HEAD_BYTES, type Leaf, leavesOf, reasonOf } from "./members.ts";
import type { Progress } from "./progress.ts";
import { type RecordSource, recordsOf } from "./records.ts";
import { createSender, patiently, SendFailed } from "./send-records.ts";
import { ArchiveRefused, UnpackBudget } from "./unpack-limits.ts";

export interface IntakeOptions {
  readonly client: Client;
  readonly runId: string;
  readonly format: Format;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly report: (path: string, message: string) => void;
}

export class FileIntake {
  /** Records read here, over all files. */
  read = 0;
  /** Records of copies of a file that this import took already: the server counts a file once. */
  repeated = 0;
  files = 0;
  private readonly seen = new Set<string>();
  private readonly options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.options = options;
  }

  /** Throws SendFailed only; everything else is reported. */
  async take(file: FoundFile): Promise<void> {
    const { report, signal } = this.options;
    let content: OpenContent | undefined;
    try {
      content = file.once ? await readOnce(file) : await openFile(file.path);
      const budget = new UnpackBudget(content.weight);
      for await (const leaf of leavesOf(content, { budget, report })) {
        await this.takeLeaf(leaf);
        if (signal.aborted) break;
      }
    } catch (error) {
      if (error instanceof SendFailed) throw error;
      report(titleOf(file), reasonOf(error));
    } finally {
      await content?.close();
    }
  }

  private async takeLeaf({ content, head }: Leaf): Promise<void> {
    const { report, format, progress } = this.options;
    const { path } = content;
    try {
      const found = detectCut({ head, whole: head.length < HEAD_BYTES, path });
      const cut = format === "auto" ? found : cutOf(format);
      if (cut === "binary") {
        report(path, "it is neither text nor a format that is known; if it is text all the same, use --format lines.");
        return;
      }
      const { sha256, size } = await identify(content, { cut, found });
      if (size > 0) await this.send({ content, cut, head, size }, sha256);
      this.files += 1;
    } catch (error) {
      if (error instanceof SendFailed || error instanceof ArchiveRefused) throw error;
      report(path, reasonOf(error));
    } finally {
      progress.contentDone(content.weight);
    }
  }

  private async send(source: RecordSource, sha256: string): Promise<void> {
    const { client, runId, progress, signal } = this.options;
    const { path, weight } = source.content;
    const body = { path: path.slice(-LONGEST_PATH), sha256 };
    const started = await patiently(() => client.call(ingestRoutes.startImportFile, { params: { id: runId }, body }));
    const sender = createSender({ client, runId, fileId: started.fileId, known: started.recordsKnown });
    const complaints = this.complaintsAbout(path);
    try {
      for await (const group of recordsOf(source, complaints.add)) {
        for (const record of group) await sender.add(record);
        progress.records(group.length, weight * source.content.fraction());
        if (signal.aborted) break;
      }
    } finally {
      complaints.end();
      await sender.end();
      this.read += sender.count;
      if (this.seen.has(sha256)) this.repeated += sender.count;
      this.seen.add(sha256);
    }
  }

  private complaintsAbout(path: string): { readonly add: (message: string) => void; readonly end: () => void } {
    const { report } = this.options;
    let count = 0;
    return {
      add: (message) => {
        count += 1;
        if (count <= COMPLAINTS_PER_FILE) report(path, message);
      },
      end: () => {
        if (count > COMPLAINTS_PER_FILE) report(path, `${count - COMPLAINTS_PER_FILE} more problems like these.`);
      },
    };
  }
}

const COMPLAINTS_PER_FILE = 20;
const LONGEST_PATH = 4_000;

const titleOf = (file: FoundFile): string => (file.path === STDIN ? "standard input" : file.path);

function readOnce(file: FoundFile): Promise<OpenContent> {
  const source = file.path === STDIN ? process.stdin : createReadStream(file.path);
  let size = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      if (!Buffer.isBuffer(chunk)) continue;
      size += chunk.length;
      yield chunk;
    }
  };
  return keep(counted(), { path: titleOf(file), weight: () => size });
}

/** A file is known by its content. Read in a forced format it gives other records, so it is another file then. */
async function identify(
  content: Content,
  { cut, found }: { readonly cut: Cut; readonly found: Cut | "binary" },
): Promise<{ readonly sha256: string; readonly size: number }> {
  const digest = createHash("sha256");
  let size = 0;
  for await (const chunk of content.read()) {
    digest.update(chunk);
    size += chunk.length;
  }
  const sha256 = digest.digest("hex");
  return { sha256: cut === found ? sha256 : hash("sha256", `${cut}\n${sha256}`), size };
}
