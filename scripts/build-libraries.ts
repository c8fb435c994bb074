/**
 * build-libraries: the packages that stand alone (sigma, evtx), each as npm would publish it: compiled, with types, README and
 * licence, in build/<name>, and its tarball. `node scripts/build-libraries.ts` after `tsc -b`.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const root = join(import.meta.dirname, "..");
const LIBRARIES = ["sigma", "evtx"];
const SHIPPED = /(?<!\.test)\.(js|d\.ts)$/;

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

for (const folder of LIBRARIES) console.log(relative(process.cwd(), build(folder)));

function build(folder: string): string {
  const source = join(root, "packages", folder);
  const target = join(root, "build", folder);
  rmSync(target, { recursive: true, force: true });
  const compiled = join(root, ".cache", "types", folder);
  for (const path of readdirSync(compiled, { recursive: true, encoding: "utf8" })) {
    if (!SHIPPED.test(path) || path.endsWith(".test.d.ts")) continue;
    mkdirSync(dirname(join(target, "dist", path)), { recursive: true });
    cpSync(join(compiled, path), join(target, "dist", path));
  }
  cpSync(join(root, "LICENSE"), join(target, "LICENSE"));
  cpSync(join(source, "README.md"), join(target, "README.md"));
  writeFileSync(join(target, "package.json"), `${JSON.stringify(published(source), null, 2)}\n`);
  const packed = spawnSync("npm", ["pack", "--silent", "--pack-destination", join(root, "build")], {
    cwd: target,
    encoding: "utf8",
  });
  if (packed.status !== 0) throw new Error(`npm pack of ${folder} ended with ${packed.status}: ${packed.stderr}`);
  return join(root, "build", packed.stdout.trim());
}

/** What a workspace needs and a registry does not is left out; the sources become what they are compiled to. */
function published(source: string): object {
  const manifest = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as Manifest;
  const { private: _, devDependencies: __, exports, ...kept } = manifest;
  const compiled = (path: string, extension: string): string =>
    path.replace(/^\.\/src\//, "./dist/").replace(/\.ts$/, extension);
  return {
    ...kept,
    exports: Object.fromEntries(
      Object.entries(exports).map(([name, path]) => [
        name,
        { types: compiled(path, ".d.ts"), default: compiled(path, ".js") },
      ]),
    ),
    files: ["dist"],
  };
}
