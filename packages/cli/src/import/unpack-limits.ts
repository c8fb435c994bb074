/** unpack-limits: what an archive may ask for. One budget goes with each archive that was named, through everything inside it;
 *  what exceeds it is refused while it unpacks, before it costs memory, disk or hours. */

export interface UnpackLimits {
  readonly entries: number;
  readonly bytes: number;
  /** Unpacked to packed, counted from `ratioFrom` bytes on. */
  readonly ratio: number;
  readonly ratioFrom: number;
  /** Archives inside each other; .tar.gz is one. */
  readonly nesting: number;
}

const MIB = 1024 * 1024;

export const UNPACK_LIMITS: UnpackLimits = {
  entries: 10_000,
  bytes: 16 * 1024 * MIB,
  ratio: 200,
  ratioFrom: 64 * MIB,
  nesting: 2,
};

/** The whole archive is given up: it is damaged on purpose, or made to exhaust. */
export class ArchiveRefused extends Error {}

export class UnpackBudget {
  readonly limits: UnpackLimits;
  readonly #packed: number;
  #entries = 0;
  #bytes = 0;

  constructor(packed: number, limits = UNPACK_LIMITS) {
    this.#packed = packed;
    this.limits = limits;
  }

  takeEntries(count: number): void {
    this.#entries += count;
    if (this.#entries <= this.limits.entries) return;
    throw new ArchiveRefused(
      `it holds more than ${this.limits.entries} entries; unpack it yourself and import the folder if you trust it.`,
    );
  }

  takeBytes(count: number): void {
    this.#bytes += count;
    this.#check(this.#bytes);
  }

  /** What an archive says of itself before anything is unpacked. */
  announceBytes(count: number): void {
    this.#check(this.#bytes + count);
  }

  #check(bytes: number): void {
    const { limits } = this;
    if (bytes > limits.bytes) {
      throw new ArchiveRefused(
        `it unpacks to more than ${limits.bytes} bytes; unpack it yourself and import the folder if you trust it.`,
      );
    }
    if (bytes > limits.ratioFrom && bytes > this.#packed * limits.ratio) {
      throw new ArchiveRefused(
        `it unpacks to more than ${limits.ratio} times its ${this.#packed} bytes, as archives made to exhaust do; unpack it yourself and import the folder if you trust it.`,
      );
    }
  }
}

/** Why a member's path is not taken; undefined when it is an ordinary relative path. */
export function pathProblem(path: string): string | undefined {
  const parts = path.split(/[/\\]/);
  if (path.startsWith("/") || path.startsWith("\\") || /^[a-z]:/i.test(path)) {
    return "its path is absolute, so it was skipped; pack it with a relative path.";
  }
  return parts.includes("..") ? 'its path leads outside ("..") of the archive, so it was skipped.' : undefined;
}

/** As in folders: what begins with a dot, and what macOS adds to archives. */
export const isHidden = (path: string): boolean =>
  path.split(/[/\\]/).some((part) => (part.startsWith(".") && part !== "." && part !== "..") || part === "__MACOSX");
