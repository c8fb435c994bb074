/** address: recognises IP addresses and ranges as text, strictly: what passes is written into a rule of a firewall. */
const V4 = /^(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;

export function isAddressOrRange(text: string): boolean {
  const [address = "", length, ...rest] = text.split("/");
  const four = V4.test(address);
  if (rest.length > 0 || (!four && !isV6(address))) return false;
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (four ? 32 : 128));
}

/** As nftables calls it. */
export const addressFamily = (address: string): "ip" | "ip6" => (address.includes(":") ? "ip6" : "ip");

function isV6(text: string): boolean {
  if (!/^[0-9a-fA-F:]{2,39}$/.test(text)) return false;
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
  if (!groups.flat().every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  const count = groups.flat().length;
  return halves.length === 2 ? count <= 7 : count === 8;
}

/** Whether an address lies in a range of the same family. */
export function liesIn(address: string, range: string): boolean {
  const [base = "", length] = range.split("/");
  if (addressFamily(address) !== addressFamily(base) || !isAddressOrRange(address) || !isAddressOrRange(range))
    return false;
  const bits = bitsOf(base);
  const wanted = length === undefined ? bits.length : Number(length);
  return bitsOf(address).slice(0, wanted) === bits.slice(0, wanted);
}

function bitsOf(address: string): string {
  if (!address.includes(":"))
    return address
      .split(".")
      .map((octet) => Number(octet).toString(2).padStart(8, "0"))
      .join("");
  const [head = [], tail = []] = address.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => "0");
  return [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16).toString(2).padStart(16, "0")).join("");
}
