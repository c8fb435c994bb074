/** far-side: systems that are acted on, as servers of the test's own process: endpoint protection in the protocol of CrowdStrike Falcon
 *  and a consumer of OpenC2. They count every act, whatever becomes of whoever asked, and take a moment before and after each. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "./random.ts";

export interface FarSide {
  readonly url: string;
  /** How often this was done: "contain host-7", "lift host-7", "deny 198.18.0.7". */
  times(act: string): number;
  /** Acts in all. */
  count(): number;
  /** Requests that are under way now. */
  busy(): number;
  close(): void;
}

const MOMENT_MS = 60;
const LOGIN = "client_id=far-side&client_secret=far-side-secret";
export const FAR_SIDE_SECRETS = { clientId: "far-side", clientSecret: "far-side-secret" };

export async function startFarSide(random: Random): Promise<FarSide> {
  const acts = new Map<string, number>();
  const contained = new Set<string>();
  let busy = 0;
  const act = async (what: string, change: () => void): Promise<void> => {
    busy += 1;
    await sleep(random.between(0, MOMENT_MS));
    change();
    acts.set(what, (acts.get(what) ?? 0) + 1);
    await sleep(random.between(0, MOMENT_MS));
    busy -= 1;
  };
  const answer = async (path: string, body: string): Promise<unknown> => {
    if (path === "/oauth2/token") return body === LOGIN ? { access_token: "far-side", expires_in: 1799 } : {};
    if (path.startsWith("/devices/queries/devices/v1")) {
      const host = /hostname:'([^']+)'/.exec(decodeURIComponent(path))?.[1];
      return { resources: host === undefined ? [] : [host] };
    }
    if (path === "/openc2") return openc2(body);
    const [host = ""] = (JSON.parse(body) as { ids: string[] }).ids;
    if (path === "/devices/entities/devices/v2")
      return {
        resources: [{ device_id: host, hostname: host, status: contained.has(host) ? "contained" : "normal" }],
      };
    if (path.endsWith("action_name=contain")) await act(`contain ${host}`, () => contained.add(host));
    else await act(`lift ${host}`, () => contained.delete(host));
    return { resources: [{ id: host }], meta: { trace_id: host }, errors: [] };
  };
  const openc2 = async (body: string): Promise<unknown> => {
    const { request } = (
      JSON.parse(body) as { body: { openc2: { request: { action: string; target: Record<string, string> } } } }
    ).body.openc2;
    await act(`${request.action} ${Object.values(request.target).join()}`, () => {});
    return { body: { openc2: { response: { status: 200 } } } };
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    // Whoever asks may die in the middle of the question.
    request.on("error", () => response.destroy());
    for await (const part of request) parts.push(part as Buffer);
    const found = await answer(request.url ?? "", Buffer.concat(parts).toString());
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(found));
  };
  const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy()));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    times: (what) => acts.get(what) ?? 0,
    count: () => [...acts.values()].reduce((sum, n) => sum + n, 0),
    busy: () => busy,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
