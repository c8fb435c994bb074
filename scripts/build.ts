/** build: the package that people install, in build/holdfast, and its tarball. Compiled by tsc, since Node strips types only
 *  outside node_modules; our own packages travel inside it (bundled), third-party ones are its dependencies. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const root = join(import.meta.dirname, "..");
const target = join(root, "build", "holdfast");
/** In the order of their dependencies; web is built by vite, see placeWeb. */
const COMPILED = ["contracts", "ocsf", "sigma", "evtx", "sdk", "content", "playbook", "scenario", "server", "cli"];
/** What lies beside the code and is read at run time. Cases of rules are for tests. */
const DATA = /\.(sql|ya?ml)$/;
const NOT_SHIPPED = /\.cases\.yml$|\.test\.js$|testing(-worker)?\.js$|\.testing\.js$|contract\.js$/;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8")) as Manifest;

rmSync(target, { recursive: true, force: true });
command("node", [join(root, "node_modules", "typescript-native", "bin", "tsc"), "-b"]);
for (const folder of COMPILED) placePackage(folder);
placeWeb();
placeRoot();
const packed = command("npm", ["pack", "--silent", "--pack-destination", join(root, "build")], target)
  .trim()
  .split("\n")
  .at(-1);
console.log(relative(process.cwd(), join(root, "build", packed ?? "")));
process.stdout.write(command("node", ["scripts/build-libraries.ts"]));

function placePackage(folder: string): void {
  const own = manifestOf(folder);
  const place = join(target, "node_modules", own.name);
  copy(
    join(root, ".cache", "types", folder),
    join(place, "dist"),
    (path) => path.endsWith(".js") && !NOT_SHIPPED.test(path),
  );
  copy(
    join(root, "packages", folder, "src"),
    join(place, "dist"),
    (path) => DATA.test(path) && !NOT_SHIPPED.test(path),
  );
  if (folder === "content")
    for (const beside of ["estate", "playbooks", "pulls", "triggers"])
      copy(join(root, "packages", folder, beside), join(place, beside), () => true);
  const exports = Object.fromEntries(
    Object.entries(own.exports ?? {}).map(([name, path]) => [
      name,
      path.replace(/^\.\/src\//, "./dist/").replace(/\.ts$/, ".js"),
    ]),
  );
  write(join(place, "package.json"), {
    name: own.name,
    version: own.version,
    license: "Apache-2.0",
    type: "module",
    exports,
  });
}

function placeWeb(): void {
  const own = manifestOf("web");
  const place = join(target, "node_modules", own.name);
  // Straight to its place: a running server may be serving packages/web/dist.
  command("vite", ["build", "packages/web", "--logLevel", "warn", "--emptyOutDir", "--outDir", join(place, "dist")]);
  write(join(place, "package.json"), {
    name: own.name,
    version: own.version,
    license: "Apache-2.0",
    type: "module",
    exports: { "./package.json": "./package.json" },
  });
}

function placeRoot(): void {
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    devDependencies: Record<string, string>;
  };
  const manifests = COMPILED.map(manifestOf);
  const foreign = (
    pick: (manifest: Manifest) => Readonly<Record<string, string>> | undefined,
  ): Record<string, string> =>
    Object.fromEntries(
      manifests
        .flatMap((manifest) => Object.entries(pick(manifest) ?? {}))
        .filter(([name]) => !name.startsWith("@holdfast/"))
        .sort(),
    );
  const own = [...COMPILED, "web"].map((folder) => manifestOf(folder).name);
  const version = manifestOf("server").version;
  write(join(target, "package.json"), {
    name: "holdfast",
    version,
    description: "The operations floor that security and IT share",
    license: "Apache-2.0",
    type: "module",
    bin: { holdfast: "bin/holdfast.mjs" },
    files: ["bin"],
    dependencies: {
      ...foreign((manifest) => manifest.dependencies),
      ...Object.fromEntries(own.map((name) => [name, version])),
      node: devDependencies["node"],
    },
    optionalDependencies: foreign((manifest) => manifest.optionalDependencies),
    bundleDependencies: own,
  });
  mkdirSync(join(target, "bin"), { recursive: true });
  cpSync(join(root, "scripts", "installed-bin.mjs"), join(target, "bin", "holdfast.mjs"));
  for (const name of ["LICENSE", "README.md"]) cpSync(join(root, name), join(target, name));
}

function copy(from: string, to: string, wanted: (path: string) => boolean): void {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !wanted(path)) continue;
    const place = join(to, relative(from, path));
    mkdirSync(dirname(place), { recursive: true });
    cpSync(path, place);
  }
}

function write(path: string, manifest: object): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
}

function command(name: string, args: readonly string[], cwd = root): string {
  const result = spawnSync(name, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (result.status !== 0) {
    console.error(`${name} ${args.join(" ")} ended with ${result.status ?? result.error?.message}\n${result.stdout}`);
    process.exit(1);
  }
  return result.stdout;
}
