/** device: the four operations of endpoint protection over two steps that products differ in: finding a device by its name, and
 *  asking for a change of its isolation, which takes effect some time later and is polled. */
import {
  done,
  type Edr,
  failed,
  held,
  type JsonObject,
  type Outcome,
  type Plan,
  type Ports,
  problem,
} from "@holdfast/sdk";
import { isHostName, type Session } from "./session.ts";

export interface Device {
  readonly id: string;
  readonly name: string;
  readonly facts: JsonObject;
}

export type IsolationState = "isolated" | "isolating" | "released" | "releasing";

type Or<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly outcome: Outcome };

export interface Product {
  readonly name: string;
  /** Literal calls for a host, for people. */
  command(host: string, change: "find" | "isolate" | "release"): readonly string[];
  open(): Promise<Or<{ session: Session }>>;
  find(session: Session, host: string): Promise<Or<{ devices: readonly Device[] }>>;
  change(session: Session, device: Device, change: "isolate" | "release"): Promise<Or<{ reference: string }>>;
  state(session: Session, device: Device): Promise<Or<{ state: IsolationState }>>;
}

const POLLS = 10;
const POLL_MS = 2_000;

export function edrOf(product: Product, ports: Ports): Edr {
  const one = async (host: string): Promise<Or<{ session: Session; device: Device }>> => {
    const opened = await product.open();
    if (!opened.ok) return opened;
    const found = await product.find(opened.session, host);
    if (!found.ok) return found;
    const [device, second] = found.devices;
    if (device === undefined) return { ok: false, outcome: failed(`${product.name} knows no device "${host}".`) };
    if (second !== undefined)
      return {
        ok: false,
        outcome: failed(
          `${product.name} knows ${found.devices.length} devices "${host}"; which one is meant is for a person to say.`,
        ),
      };
    return { ok: true, session: opened.session, device };
  };
  const planned = (host: string, change: "find" | "isolate" | "release", run: () => Promise<Outcome>): Plan => {
    if (!isHostName(host)) return problem("host", `"${host}" is no name of a host`);
    return {
      ok: true,
      command: product.command(host, change),
      check: async () => {
        const found = await one(host);
        return found.ok
          ? done(`${product.name} knows ${found.device.name} as ${found.device.id}; nothing was changed.`, {
              deviceId: found.device.id,
            })
          : found.outcome;
      },
      run,
    };
  };
  const changing = (host: string, change: "isolate" | "release"): Plan =>
    planned(host, change, async () => {
      const found = await one(host);
      if (!found.ok) return found.outcome;
      const { session, device } = found;
      const wanted: IsolationState = change === "isolate" ? "isolated" : "released";
      const before = await product.state(session, device);
      if (before.ok && before.state === wanted)
        return done(`${device.name} is ${wanted} already.`, { deviceId: device.id, state: wanted });
      const asked = await product.change(session, device, change);
      if (!asked.ok) return asked.outcome;
      for (let poll = 0; poll < POLLS; poll++) {
        const now = await product.state(session, device);
        if (now.ok && now.state === wanted)
          return done(`${device.name} is ${wanted} (${asked.reference}).`, { deviceId: device.id, state: now.state });
        await ports.sleep(POLL_MS);
      }
      return done(
        `${product.name} took the order (${asked.reference}); ${device.name} has not confirmed it yet. It may be offline.`,
        { deviceId: device.id, state: change === "isolate" ? "isolating" : "releasing" },
      );
    });
  return {
    find: (host) =>
      planned(host, "find", async () => {
        const opened = await product.open();
        if (!opened.ok) return opened.outcome;
        const found = await product.find(opened.session, host);
        if (!found.ok) return found.outcome;
        return done(`${product.name} knows ${found.devices.length} devices "${host}".`, {
          devices: found.devices.map(({ id, name, facts }) => ({ id, name, ...facts })),
        });
      }),
    isolate: (host) => changing(host, "isolate"),
    release: (host) => changing(host, "release"),
    isolated: async (host) => {
      if (!isHostName(host)) return failed(`"${host}" is no name of a host`);
      const found = await one(host);
      if (!found.ok) return found.outcome;
      const now = await product.state(found.session, found.device);
      if (!now.ok) return now.outcome.kind === "done" ? now.outcome : { kind: "unknown", reason: now.outcome.reason };
      return held(now.state === "isolated", `${product.name}: ${found.device.name} is ${now.state}.`, {
        deviceId: found.device.id,
      });
    },
  };
}
