/** web-files: serves the built user interface from memory, compressed once at start. Files with a hash in their name may be
 *  cached for ever; every path that is not a file or an API is the page, which routes by itself. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
};
const COMPRESSED = new Set([".html", ".js", ".css", ".svg", ".json"]);
const HASHED = /-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;

interface WebFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer | undefined;
  readonly etag: string;
  readonly forever: boolean;
}

/** @param directory folder with index.html; when it is missing the page says how to build it. */
export async function mountWebFiles(app: FastifyInstance, directory: string): Promise<void> {
  const files = await load(directory);
  const page = files.get("/index.html");
  const serve = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const path = request.url.split("?", 1)[0] ?? "/";
    const file = files.get(path) ?? (extname(path) === "" ? page : undefined);
    if (file !== undefined) return send(request, reply, file);
    if (page === undefined)
      return reply
        .code(503)
        .type("text/plain")
        .send("The web interface is not built. Run `npm run build` and start again.\n");
    return reply.code(404).type("text/plain").send("There is no such file.\n");
  };
  app.get("/", { config: { permission: "public" } }, serve);
  app.get("/*", { config: { permission: "public" } }, serve);
}

function send(request: FastifyRequest, reply: FastifyReply, file: WebFile): FastifyReply {
  reply
    .header("etag", file.etag)
    .header("cache-control", file.forever ? "public, max-age=31536000, immutable" : "no-cache")
    .header("vary", "accept-encoding");
  if (request.headers["if-none-match"] === file.etag) return reply.code(304).send();
  reply.type(file.type);
  if (file.gzipped !== undefined && String(request.headers["accept-encoding"] ?? "").includes("gzip"))
    return reply.header("content-encoding", "gzip").send(file.gzipped);
  return reply.send(file.plain);
}

async function load(directory: string): Promise<Map<string, WebFile>> {
  const files = new Map<string, WebFile>();
  const compress = promisify(gzip);
  const names = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of names) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const type = extname(entry.name);
    const plain = await readFile(path);
    const url = path.slice(directory.length).replaceAll("\\", "/");
    files.set(url.startsWith("/") ? url : `/${url}`, {
      type: TYPES[type] ?? "application/octet-stream",
      plain,
      gzipped: COMPRESSED.has(type) ? await compress(plain, { level: 9 }) : undefined,
      etag: `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`,
      forever: HASHED.test(entry.name),
    });
  }
  return files;
}
