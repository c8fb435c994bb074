/** web-access: visitors of the web shop: pages, searches, baskets, a few search engines, and now and then a page that is not there. */
import type { Some } from "../random.ts";
import { webRequest } from "../web-access.ts";
import type { Emission } from "../world.ts";
import { workOf, type Activity, type Scene } from "./activity.ts";

export const webAccess = (scene: Scene, records: number): Emission[] => workOf(scene, VISITS, records);

const VISITS: Some<Activity> = [
  { weight: 8, curve: "shop", run: visit },
  { weight: 1, curve: "even", run: crawler },
  { weight: 1, curve: "even", run: probe },
];

const AGENTS: Some<string> = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
  "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
];

function visit({ host, random }: Scene, at_ms: number): Emission[] {
  const from = `198.51.100.${random.int(2, 110)}`;
  const agent = random.pick(AGENTS);
  const work: Emission[] = [];
  let referer = "-";
  for (let page = random.int(3, 12), at = at_ms; page > 0; page--, at += random.int(800, 40_000)) {
    const url = random.pick([
      "/",
      `/products/${random.int(1000, 4999)}`,
      `/category/${random.pick(["tools", "garden", "lighting", "storage"])}?page=${random.int(1, 9)}`,
      `/search?q=${random.pick(["lamp", "shelf+bracket", "rain+barrel", "led+strip"])}`,
      "/basket",
      `/static/app.${"4f21c9"}.js`,
      `/images/p/${random.int(1000, 4999)}.webp`,
    ]);
    const method = url === "/basket" && random.chance(0.4) ? "POST" : "GET";
    const status = random.chance(0.02) ? 404 : random.chance(0.15) ? 304 : 200;
    work.push(
      webRequest({
        host,
        at_ms: at,
        from,
        method,
        url,
        status,
        bytes: status === 304 ? 0 : random.int(300, 60_000),
        agent,
        referer,
      }),
    );
    referer = "https://shop.fernhill.example/";
  }
  return work;
}

function crawler({ host, random }: Scene, at_ms: number): Emission[] {
  const agent = "Mozilla/5.0 (compatible; SearchExampleBot/2.1; +https://search.example/bot)";
  return Array.from({ length: random.int(2, 6) }, (_, at) =>
    webRequest({
      host,
      at_ms: at_ms + at * 9000,
      from: "198.51.100.31",
      method: "GET",
      url: at === 0 ? "/robots.txt" : `/products/${random.int(1000, 4999)}`,
      status: 200,
      bytes: random.int(200, 30_000),
      agent,
    }),
  );
}

/** The load balancer's question whether the server is well. */
function probe({ host, random }: Scene, at_ms: number): Emission[] {
  return Array.from({ length: 4 }, (_, at) =>
    webRequest({
      host,
      at_ms: at_ms + at * 30_000,
      from: "10.20.2.20",
      method: "GET",
      url: "/healthz",
      status: 200,
      bytes: random.int(14, 16),
      agent: "kube-probe/1.34",
    }),
  );
}
