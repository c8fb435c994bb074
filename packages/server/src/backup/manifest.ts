/** manifest: what a backup says about itself: when, of what, and the size and sha256 of every file in it. A folder without it is no
 *  backup; it is written last, with a sha256 of its own beside it. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { fail } from "./errors.ts";

export const MANIFEST = "manifest.json";
export const MANIFEST_SUM = "manifest.sha256";
/** The folder in a backup that becomes the home. */
export const HOME = "home";

const file = z.object({ path: z.string(), bytes: z.number(), sha256: z.string() });

const schema = z.object({
  format: z.literal(1),
  version: z.string(),
  /** Everything acknowledged until then is in it. */
  takenAt: z.string(),
  /** Of a running instance, or of a stopped one. */
  running: z.boolean(),
  machine: z.object({ host: z.string(), platform: z.string(), arch: z.string() }),
  /** Whether the part is in it, or lies on a server of its own. */
  parts: z.object({ state: z.enum(["here", "elsewhere"]), events: z.enum(["here", "elsewhere"]) }),
  /** Says which key opens the secrets in it, and nothing about the key. */
  key: z.object({ included: z.boolean(), fingerprint: z.string() }),
  migrations: z.array(z.string()),
  state: z.object({ version: z.string(), startLsn: z.string(), stopLsn: z.string() }).nullable(),
  events: z
    .object({
      version: z.string(),
      tables: z.array(z.object({ name: z.string(), rows: z.number(), bytes: z.number() })),
    })
    .nullable(),
  spool: z.object({ segments: z.number(), end: z.object({ segment: z.number(), offset: z.number() }).nullable() }),
  bytes: z.number(),
  files: z.array(file),
  folders: z.array(z.string()),
  links: z.array(z.object({ path: z.string(), target: z.string() })),
});

export type Manifest = z.infer<typeof schema>;
export type ManifestFile = z.infer<typeof file>;

/** Throws BACKUP_DAMAGED for what is no whole backup. */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, MANIFEST)).catch(() => undefined);
  const sum = await readFile(join(folder, MANIFEST_SUM), "utf8").catch(() => "");
  if (text === undefined) {
    throw fail(
      "BACKUP_DAMAGED",
      `${folder} is no whole backup: it has no ${MANIFEST}. A backup that was cut off leaves a folder with "partial" in its name.`,
      { details: { files: [MANIFEST] } },
    );
  }
  if (sum.split(/\s/)[0] !== sha256(text)) {
    throw fail("BACKUP_DAMAGED", `${join(folder, MANIFEST)} was changed: it does not fit ${MANIFEST_SUM}.`, {
      details: { files: [MANIFEST] },
    });
  }
  const read = schema.safeParse(JSON.parse(text.toString("utf8")));
  if (read.success && namesStayInside(read.data)) return read.data;
  throw fail("BACKUP_FOREIGN", `${folder} was made by another version of Holdfast: restore it with that version.`);
}

export const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

/** A restore writes where the manifest says: never outside. */
function namesStayInside({ files, folders, links }: Manifest): boolean {
  const inside = (path: string): boolean =>
    path.startsWith(`${HOME}/`) && !path.split("/").some((part) => part === ".." || part === "." || part === "");
  // A link goes from where it lies, at most up to the home.
  const linkInside = ({ path, target }: { path: string; target: string }): boolean => {
    let depth = path.split("/").length - 2;
    return !target.startsWith("/") && target.split("/").every((part) => (part === ".." ? (depth -= 1) : depth) >= 0);
  };
  return (
    files.every(({ path }) => inside(path)) &&
    folders.every((path) => path === HOME || inside(path)) &&
    links.every((one) => inside(one.path) && linkInside(one))
  );
}
