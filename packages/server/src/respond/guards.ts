/** guards: what is never done, whoever approves: the never-touch list and the limits of an hour. Pure. A target is compared by every
 *  name and address that the estate knows for it, so that an alias is no way around the list. */
import type { Impact, Target } from "@holdfast/contracts/respond";
import type { ResponsePolicy } from "@holdfast/contracts/respond-policy";
import ipaddr from "ipaddr.js";
import type { EstateTarget } from "../estate/index.ts";
import type { Touched } from "./effect-store.ts";

/** The machines that Holdfast runs on. */
export interface Ourselves {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
}

export function neverTouched(
  policy: ResponsePolicy["never"],
  targets: readonly EstateTarget[],
  ourselves: Ourselves,
): Impact["never"] {
  return targets.flatMap((one) => {
    const reason = reasonOf(policy, one, ourselves);
    const target: Target = { kind: one.kind as Target["kind"], value: one.value };
    return reason === undefined ? [] : [{ target, reason }];
  });
}

/** What counts as touching a host, and what as touching a user. */
export const LIMITED = { hosts: ["host", "ip"], users: ["user"] } as const;

/** The targets that count against a limit, each once. */
export function countedIn(of: keyof typeof LIMITED, targets: readonly Pick<Target, "kind" | "value">[]): string[] {
  const kinds: readonly string[] = LIMITED[of];
  return [...new Set(targets.filter(({ kind }) => kinds.includes(kind)).map(({ value }) => value.toLowerCase()))];
}

/** Distinct hosts and users of an hour: what was touched, and what this would add. */
export function limitOf(
  of: keyof typeof LIMITED,
  targets: readonly Pick<Target, "kind" | "value">[],
  { used, known, max }: Touched & { readonly max: number },
): Impact["limits"][number] {
  return { of, used, adds: countedIn(of, targets).filter((value) => !known.includes(value)).length, max };
}

/** Why it is refused, whoever approves; null when nothing stands against it. */
export function neverBecause({ never }: Pick<Impact, "never">): string | null {
  const [first] = never;
  return first === undefined ? null : `${first.target.value} is never touched: ${first.reason}`;
}

/** Which limit of an hour it is over; null when none. No approval goes past a limit, only a broken glass does. */
export function overLimit(limits: Impact["limits"]): string | null {
  const over = limits.find(({ used, adds, max }) => adds > 0 && used + adds > max);
  if (over === undefined) return null;
  const { of, used, adds, max } = over;
  if (of === "actions")
    return `This action goes out at most ${max} times in an hour, as it declares itself; it did ${used} times. Wait until it is less, or go ahead without approval and say why.`;
  return `At most ${max} ${of} may be touched in an hour; ${used} were, and this adds ${adds}. Wait until it is less, have an administrator change the response policy, or go ahead without approval and say why.`;
}

function reasonOf(policy: ResponsePolicy["never"], one: EstateTarget, ourselves: Ourselves): string | undefined {
  const names = namesOf(one);
  const addresses = addressesOf(one);
  if (policy.ourselves) {
    if (names.some((name) => sameHost(name, ourselves.names)) || addresses.some((ip) => isIn(ip, ourselves.addresses)))
      return "Holdfast runs on it.";
  }
  if (one.kind === "user") {
    if (names.some((name) => policy.users.some((user) => user.toLowerCase() === name)))
      return "the user is on the never-touch list of the response policy.";
    return undefined;
  }
  if (names.some((name) => sameHost(name, policy.hosts)))
    return "the host is on the never-touch list of the response policy.";
  if (addresses.some((ip) => isIn(ip, policy.addresses)))
    return "the address is on the never-touch list of the response policy.";
  if (one.asset !== null && policy.assetKinds.includes(one.asset.kind))
    return `assets of the kind ${one.asset.kind} are on the never-touch list of the response policy.`;
  const tag = one.asset?.tags.find((candidate) => policy.tags.includes(candidate));
  return tag === undefined
    ? undefined
    : `it has the tag "${tag}", which is on the never-touch list of the response policy.`;
}

function namesOf({ kind, value, asset, identity }: EstateTarget): string[] {
  // A process or a file is named with its host before a colon.
  const own = kind === "process" || kind === "file" ? (value.split(":")[0] ?? value) : value;
  const all = [own, asset?.name, ...(asset?.names ?? []), identity?.name, ...(identity?.names ?? [])];
  return all.flatMap((name) => (name === undefined ? [] : [name.toLowerCase()]));
}

function addressesOf({ value, asset }: EstateTarget): string[] {
  return [value.split("/")[0] ?? value, ...(asset?.addresses ?? [])].filter((one) => ipaddr.isValid(one));
}

/** A short name stands for the full one and the other way round. */
function sameHost(name: string, list: readonly string[]): boolean {
  const label = (host: string): string => host.split(".")[0] ?? host;
  return list.some((entry) => {
    const wanted = entry.toLowerCase();
    const comparable = !wanted.includes(".") || !name.includes(".");
    return wanted === name || (comparable && !ipaddr.isValid(name) && label(wanted) === label(name));
  });
}

function isIn(ip: string, list: readonly string[]): boolean {
  const address = ipaddr.process(ip);
  return list.some((entry) => {
    if (!entry.includes("/")) return ipaddr.isValid(entry) && ipaddr.process(entry).toString() === address.toString();
    if (!ipaddr.isValidCIDR(entry)) return false;
    const [range, bits] = ipaddr.parseCIDR(entry);
    return range.kind() === address.kind() && address.match(range, bits);
  });
}
