/** egress.test: hundreds of ways to write an address that is not for us, against canaries that count connections: none. And what is
 *  meant arrives: public names, an allow list, redirects, limits. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { after, before, test } from "node:test";
import { isAppError } from "../errors/index.ts";
import { silentLog } from "../log/index.ts";
import { judgeAddress, readAllowList } from "./address-policy.ts";
import { createEgress, type EgressRequest } from "./index.ts";

/** Every address that a spelling below can mean on this machine. The namespace of the test has them all on its loopback. */
const CANARIES = [
  "127.0.0.1",
  "127.0.0.2",
  "127.1.1.1",
  "10.0.0.1",
  "10.255.255.254",
  "172.16.0.1",
  "172.31.255.1",
  "192.168.0.1",
  "192.168.255.1",
  "100.64.0.1",
  "100.100.100.200",
  "169.254.169.254",
  "169.254.170.2",
  "169.254.0.1",
  "198.18.0.1",
  "198.51.100.7",
  "203.0.113.7",
  "192.0.2.7",
  "192.0.0.192",
];
const inside = process.env["HOLDFAST_EGRESS_TEST_INSIDE"] === "yes";

let connections = 0;
const servers: Server[] = [];
let port = 0;

before(async () => {
  const count = (): void => {
    connections += 1;
  };
  const listen = (host: string, at: number): Promise<number> =>
    new Promise((done, fail) => {
      const server = createServer((socket) => {
        count();
        socket.end("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\ncanary");
      });
      server.once("error", fail);
      server.listen({ host, port: at, ipv6Only: host === "::" }, () => {
        servers.push(server);
        server.unref();
        done((server.address() as AddressInfo).port);
      });
    });
  port = await listen("0.0.0.0", 0);
  await listen("::", port).catch(() => undefined);
});
after(() => servers.forEach((server) => server.close()));

const NAMES: Readonly<Record<string, readonly string[]>> = {
  "localhost.": ["127.0.0.1"],
  localhost: ["::1", "127.0.0.1"],
  "rebinding.example": ["127.0.0.1"],
  "mixed.example": ["93.184.216.34", "127.0.0.1"],
  "mapped.example": ["::ffff:10.0.0.1"],
  "nat64.example": ["64:ff9b::7f00:1"],
  "metadata.example": ["169.254.169.254"],
  "scoped.example": ["fe80::1%lo"],
  "127.0.0.1.nip.io": ["127.0.0.1"],
  "10-0-0-1.sslip.io": ["10.0.0.1"],
  "localtest.me": ["127.0.0.1", "::1"],
  "empty.example": [],
};
const resolver = (name: string) =>
  NAMES[name] === undefined
    ? Promise.reject(new Error("no such name"))
    : Promise.resolve(NAMES[name].map((address) => ({ address, family: address.includes(":") ? 6 : 4 })));
const egress = createEgress({ log: silentLog, policy: { lookup: resolver } });
const ask = (url: string, more: Partial<EgressRequest> = {}) =>
  egress.fetch({ caller: { name: "test", allow: [] }, method: "GET", url, timeoutMs: 2_000, ...more });
const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return "answered";
  } catch (error) {
    return isAppError(error) ? error.code : `no code: ${String(error)}`;
  }
};

test("no spelling of an address that is not for us makes a connection", async () => {
  const corpus = spellings(port);
  assert.ok(corpus.length >= 300, `${corpus.length} spellings`);
  const answers: string[] = [];
  for (let at = 0; at < corpus.length; at += 20) {
    answers.push(
      ...(await Promise.all(corpus.slice(at, at + 20).map(async (url) => `${await codeOf(ask(url))} ${url}`))),
    );
  }
  assert.equal(connections, 0);
  assert.deepEqual(
    answers.filter((answer) => !/^EGRESS_(REFUSED|UNREACHABLE) /.test(answer)),
    [],
  );
  const unresolved = answers.filter((answer) => answer.startsWith("EGRESS_UNREACHABLE"));
  assert.ok(
    unresolved.length < corpus.length / 10,
    `too many are merely unreachable: ${unresolved.slice(0, 20).join("\n")}`,
  );
});

test("sockets for other protocols keep to the same policy, in spellings that only the system's resolver knows", async () => {
  const system = createEgress({ log: silentLog });
  const hosts = [
    "127.0.0.1",
    "127.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "0x7f.1",
    "::1",
    "::ffff:127.0.0.1",
    "localhost",
    "0.0.0.0",
    "::",
    "0",
    "10.0.0.1",
    "169.254.169.254",
    "fe80::1%lo",
  ];
  for (const host of hosts) {
    const code = await codeOf(system.connect({ caller: { name: "test", allow: [] }, host, port, timeoutMs: 2_000 }));
    assert.match(code, /^EGRESS_(REFUSED|UNREACHABLE)$/, host);
  }
  assert.equal(connections, 0);
});

test("the canaries are awake: what an allow list names is reached, and only at its port", async () => {
  const allowed = (allow: readonly string[]) => ask(`http://127.0.0.1:${port}/`, { caller: { name: "test", allow } });
  const before = connections;
  assert.equal((await allowed(["127.0.0.1"])).body.toString(), "canary");
  assert.equal((await allowed([`127.0.0.1:${port}`])).status, 200);
  assert.equal((await allowed(["127.0.0.0/8"])).status, 200);
  assert.equal(await codeOf(allowed(["127.0.0.1:1"])), "EGRESS_REFUSED");
  assert.equal(await codeOf(allowed(["10.0.0.0/8", "::/0"])), "EGRESS_REFUSED");
  assert.equal(
    await codeOf(ask(`http://[::ffff:127.0.0.1]:${port}/`, { caller: { name: "test", allow: ["::/0"] } })),
    "EGRESS_REFUSED",
  );
  assert.equal(connections, before + 3);
});

test("a metadata service is reached only when it is named itself, never through a range", () => {
  const rules = (...entries: string[]) => {
    const read = readAllowList(entries);
    return read.ok ? read.rules : assert.fail(read.reason);
  };
  assert.equal(judgeAddress("169.254.169.254", 80, rules("169.254.0.0/16", "0.0.0.0/0")).ok, false);
  assert.equal(judgeAddress("169.254.169.254", 80, rules("169.254.169.254")).ok, true);
  assert.equal(judgeAddress("0.0.0.0", 80, rules("0.0.0.0/0")).ok, false);
  for (const address of ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "64:ff9b::101:101"]) {
    const expected = !address.startsWith("64:");
    assert.equal(judgeAddress(address, 443, []).ok, expected, address);
  }
  for (const entry of ["", "10.0.0.0/33", "10.0.0", "example.org", "10.0.0.1:99999", "10.0.0.0/8/8", "fd00::1:22x"])
    assert.equal(readAllowList([entry]).ok, false, entry);
});

test("a redirect is judged like a first call, keeps secrets at home, and ends", async () => {
  const seen: { url: string; authorization: string | undefined; key: string | undefined }[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    seen.push({
      url: request.url ?? "",
      authorization: request.headers.authorization,
      key: request.headers["x-api-key"] as string | undefined,
    });
    const to = new URL(request.url ?? "/", "http://x").searchParams.get("to");
    if (to === null) response.end("arrived");
    else response.writeHead(302, { location: to }).end();
  };
  const first = await http(answer);
  const second = await http(answer);
  const caller = { name: "test", allow: [`127.0.0.1:${first}`, `127.0.0.1:${second}`] };
  const headers = { authorization: "Bearer secret", "x-api-key": "secret", accept: "text/plain" };
  const at = (place: number, to: string) => `http://127.0.0.1:${place}/?to=${encodeURIComponent(to)}`;
  const before = connections;
  for (const to of [
    `http://127.0.0.1:${port}/`,
    `http://[::1]:${port}/`,
    `//10.0.0.1/`,
    `http://localhost:${port}/`,
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
  ]) {
    assert.equal(await codeOf(ask(at(first, to), { caller, headers })), "EGRESS_REFUSED", to);
  }
  assert.equal(connections, before);
  seen.length = 0;
  assert.equal((await ask(at(first, "/here"), { caller, headers })).body.toString(), "arrived");
  assert.equal(
    (await ask(at(first, `http://127.0.0.1:${second}/there`), { caller, headers })).body.toString(),
    "arrived",
  );
  assert.deepEqual(
    seen.map(({ authorization }) => authorization),
    ["Bearer secret", "Bearer secret", "Bearer secret", undefined],
  );
  assert.equal(seen.at(-1)?.key, undefined, "a key under any name stays with its origin");
  assert.equal(
    await codeOf(ask(at(first, `http://127.0.0.1:${second}/`), { caller, method: "POST", body: "x" })),
    "answered",
    "302 makes a GET of a POST",
  );
  assert.equal(seen.at(-1)?.url, "/");
  const loop = await ask(at(first, at(first, at(first, at(first, at(first, "/deep"))))), { caller });
  assert.equal(loop.status, 302, "three hops, no more");
  const only = { ...caller, hosts: [`127.0.0.1:${first}`] };
  assert.equal(await codeOf(ask(at(first, `http://127.0.0.1:${second}/`), { caller: only })), "EGRESS_REFUSED");
});

test("a hostile answer costs neither memory nor time, and says that it was asked", async () => {
  const cases: Record<string, (response: ServerResponse) => void> = {
    endless: (response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on("drain", more);
      more();
    },
    silent: () => {},
    dripping: (response) => {
      const timer = setInterval(() => response.write("x"), 50);
      response.on("close", () => clearInterval(timer));
    },
    broken: (response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half");
      setTimeout(() => response.destroy(), 20);
    },
    compressed: (response) => response.writeHead(200, { "content-encoding": "gzip" }).end("bomb"),
    headers: (response) => response.writeHead(200, { "x-large": "h".repeat(100_000) }).end(),
  };
  const place = await http((request, response) => cases[(request.url ?? "/").slice(1)]?.(response));
  const caller = { name: "test", allow: ["127.0.0.1"] };
  for (const name of Object.keys(cases)) {
    assert.equal(
      await codeOf(ask(`http://127.0.0.1:${place}/${name}`, { caller, timeoutMs: 700, maxBytes: 100_000 })),
      "EGRESS_INTERRUPTED",
      name,
    );
  }
  assert.equal(await codeOf(ask("http://127.0.0.1:1/", { caller })), "EGRESS_UNREACHABLE");
});

test("in a namespace that has every private address, still none is reached", {
  skip: inside ? "this is the run inside" : noNamespace(),
}, () => {
  const addresses = CANARIES.map((address) => `ip address add ${address}/32 dev lo`).join("; ");
  const script = `ip link set lo up; ${addresses}; exec "$0" --test --test-reporter=tap "$1"`;
  const ran = spawnSync("unshare", ["--net", "sh", "-c", script, process.execPath, import.meta.filename], {
    encoding: "utf8",
    env: { ...process.env, HOLDFAST_EGRESS_TEST_INSIDE: "yes", NODE_TEST_CONTEXT: undefined },
  });
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
});

function noNamespace(): string | false {
  const made = spawnSync("unshare", ["--net", "true"]).status === 0;
  if (!made && process.env["HOLDFAST_TEST_REQUIRE"] === "all")
    throw new Error("HOLDFAST_TEST_REQUIRE=all, but no network namespace can be made.");
  return made ? false : "no network namespace can be made here";
}

function http(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  return new Promise((done) => {
    const server = createHttpServer(answer).listen(0, "127.0.0.1", () => {
      servers.push(server);
      server.unref();
      done((server.address() as AddressInfo).port);
    });
  });
}

/** Each canary in every form that some parser of URLs or addresses takes for it. */
function spellings(at: number): string[] {
  const found = new Set<string>();
  for (const address of CANARIES) {
    const octets = address.split(".").map(Number);
    const [a = 0, b = 0, c = 0, d = 0] = octets;
    const whole = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    const hex = (value: number, width = 2) => value.toString(16).padStart(width, "0");
    const v6 = `${hex((a << 8) | b)}:${hex((c << 8) | d)}`;
    for (const host of [
      address,
      `${address}.`,
      String(whole),
      `0x${hex(whole, 8)}`,
      `0${whole.toString(8)}`,
      octets.map((octet) => `0x${hex(octet)}`).join("."),
      octets.map((octet) => `0${octet.toString(8)}`).join("."),
      octets.map((octet) => `000${octet.toString(8)}`).join("."),
      `${a}.${b}.${(c << 8) | d}`,
      `${a}.${((b << 16) | (c << 8) | d) >>> 0}`,
      `0x${hex(a)}.${b}.${c}.0${d.toString(8)}`,
      address.replace(/\./g, "。"),
      [...address].map((char) => (/\d/.test(char) ? String.fromCharCode(char.charCodeAt(0) + 0xfee0) : char)).join(""),
      address.replaceAll(".", "%2e"),
      `[::ffff:${address}]`,
      `[::ffff:${v6}]`,
      `[0:0:0:0:0:ffff:${v6}]`,
      `[::${v6}]`,
      `[64:ff9b::${v6}]`,
      `[64:ff9b:1::${v6}]`,
      `[2002:${v6}::1]`,
      `[::ffff:0:${v6}]`,
      `user:password@${address}`,
      `example.org\\@${address}`,
      `${address}#@example.org`.replace("#", `:${at}#`),
    ]) {
      found.add(host.includes("#") ? `http://${host}` : `http://${host}:${at}/`);
    }
  }
  for (const host of [
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "[fec0::1]",
    "[2001::1]",
    "[2001:db8::1]",
    "[100::1]",
    "0",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "240.0.0.1",
    ...Object.keys(NAMES),
  ]) {
    found.add(`http://${host}:${at}/`);
    found.add(`https://${host}:${at}/`);
  }
  for (const scheme of [
    "file:///etc/passwd",
    "gopher://127.0.0.1:1/",
    "ftp://127.0.0.1/",
    "data:text/plain,x",
    "unix:/run/x.sock",
    "javascript:1",
    "http:/127.0.0.1",
    "http:127.0.0.1",
    "//127.0.0.1/",
    "",
    "http://",
    "ws://127.0.0.1/",
  ])
    found.add(scheme);
  return [...found];
}

test("while a restored home waits for a person nothing goes out, not even where it is allowed", {
  skip: inside,
}, async () => {
  let held = true;
  const waiting = createEgress({ log: silentLog, held: () => held });
  const caller = { name: "test", allow: ["127.0.0.1"] };
  const ask = () => waiting.fetch({ caller, method: "GET", url: `http://127.0.0.1:${port}/` });
  const before = connections;
  await assert.rejects(ask(), { code: "EGRESS_REFUSED", message: /after a restore/ });
  await assert.rejects(waiting.connect({ caller, host: "127.0.0.1", port }), { code: "EGRESS_REFUSED" });
  assert.equal(connections, before);
  held = false;
  assert.equal((await ask()).status, 200);
  assert.equal(connections, before + 1);
});
