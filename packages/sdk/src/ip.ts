/** ip: says whether a text is an IP address and gives its plain form. The event store types these columns, so a name or a
 *  broken address must never reach them. */

/** Plain form ("::ffff:10.0.0.1" -> "10.0.0.1", "[fe80::1%eth0]" -> "fe80::1"), or "" when it is no address. */
export function ipOf(text: string): string {
  const length = text.length;
  if (length < 2 || length > 60) return "";
  const first = text.charCodeAt(0);
  if (first >= 48 && first <= 57 && isIpv4(text, 0)) return text;
  if (first === 91) return text.charCodeAt(length - 1) === 93 ? ipOf(text.slice(1, -1)) : "";
  const zone = text.indexOf("%");
  const address = zone < 0 ? text : text.slice(0, zone);
  if (!isIpv6(address)) return "";
  const mapped = address.length > 7 && /^::ffff:/i.test(address) ? address.slice(7) : "";
  return mapped !== "" && isIpv4(mapped, 0) ? mapped : address;
}

function isIpv4(text: string, from: number): boolean {
  let parts = 0;
  let value = -1;
  for (let i = from; i <= text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) {
      if (value === 0) return false;
      value = (value < 0 ? 0 : value) * 10 + code - 48;
      if (value > 255) return false;
    } else if (code === 46 || i === text.length) {
      if (value < 0) return false;
      parts++;
      value = -1;
    } else return false;
  }
  return parts === 4;
}

function isIpv6(text: string): boolean {
  let groups = 0;
  let digits = 0;
  let gap = false;
  const length = text.length;
  if (text.charCodeAt(0) === 58 && text.charCodeAt(1) !== 58) return false;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === 58) {
      if (text.charCodeAt(i + 1) === 58) {
        if (gap) return false;
        gap = true;
        if (digits > 0) groups++;
        i++;
      } else {
        if (digits === 0 || i === length - 1) return false;
        groups++;
      }
      digits = 0;
    } else if (code === 46) {
      const start = text.lastIndexOf(":") + 1;
      if (start === 0 || start > i || !isIpv4(text, start)) return false;
      groups += 2;
      digits = 0;
      break;
    } else {
      const hex = (code >= 48 && code <= 57) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102);
      if (!hex || ++digits > 4) return false;
    }
  }
  if (digits > 0) groups++;
  return gap ? groups < 8 : groups === 8;
}
