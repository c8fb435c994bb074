/** match-id: SHA-256 cut to 128 bits, as 32 hexadecimal digits: the name of a match, the same wherever and whenever it is
 *  found. Written out because this package is pure; it runs once per match. */

export function matchId(parts: readonly string[]): string {
  return sha256(utf8(JSON.stringify(parts))).slice(0, 32);
}

const ROUNDS = 64;
const { constants, start } = primesAsConstants();

function sha256(message: readonly number[]): string {
  const length = message.length;
  const blocks = Math.ceil((length + 9) / 64);
  const bytes = new Uint8Array(blocks * 64);
  bytes.set(message);
  bytes[length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 8, Math.floor((length * 8) / 2 ** 32));
  view.setUint32(bytes.length - 4, (length * 8) >>> 0);
  const hash = Uint32Array.from(start);
  const schedule = new Uint32Array(ROUNDS);
  for (let block = 0; block < blocks; block++) compress({ hash, schedule, view, offset: block * 64 });
  return Array.from(hash, (word) => word.toString(16).padStart(8, "0")).join("");
}

interface Step {
  readonly hash: Uint32Array;
  readonly schedule: Uint32Array;
  readonly view: DataView;
  readonly offset: number;
}

function compress({ hash, schedule: w, view, offset }: Step): void {
  const at = (n: number): number => w[n] ?? 0;
  for (let n = 0; n < 16; n++) w[n] = view.getUint32(offset + n * 4);
  for (let n = 16; n < ROUNDS; n++) {
    const low = at(n - 15);
    const high = at(n - 2);
    const s0 = rotate(low, 7) ^ rotate(low, 18) ^ (low >>> 3);
    const s1 = rotate(high, 17) ^ rotate(high, 19) ^ (high >>> 10);
    w[n] = at(n - 16) + s0 + at(n - 7) + s1;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = hash;
  for (let n = 0; n < ROUNDS; n++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (constants[n] ?? 0) + at(n)) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  for (const [n, word] of [a, b, c, d, e, f, g, h].entries()) hash[n] = (hash[n] ?? 0) + word;
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

/** The first 32 bits of the fractions of the roots of the first primes. */
function primesAsConstants(): { readonly constants: Uint32Array; readonly start: Uint32Array } {
  const primes: number[] = [];
  for (let n = 2; primes.length < ROUNDS; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  const fraction = (root: number): number => (root - Math.floor(root)) * 2 ** 32;
  return {
    constants: Uint32Array.from(primes, (prime) => fraction(Math.cbrt(prime))),
    start: Uint32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime))),
  };
}

function utf8(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return bytes;
}
