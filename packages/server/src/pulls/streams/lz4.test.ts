/** lz4.test: frames of the lz4 program unpack to what was packed, with blocks that stand alone and that do not; damaged ones end, with a reason. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { missing } from "./area.testing.ts";
import { unpackLz4 } from "./lz4.ts";

const MOST = 8 * 2 ** 20;
const skip = missing({ lz4: "lz4" });
if (skip !== false && process.env["HOLDFAST_TEST_REQUIRE"] === "all") throw new Error(skip);

/** Text that repeats itself, near and far, and bytes that do not. */
function sample(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 7;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = at % 5_000 < 3_000 ? 97 + (at % 26) : state >>> 24;
  }
  return bytes;
}

function packed(bytes: Buffer, ...flags: string[]): Buffer {
  const made = spawnSync("lz4", ["-c", ...flags], { input: bytes, maxBuffer: 64 * 2 ** 20 });
  assert.equal(made.status, 0, made.stderr.toString());
  return made.stdout;
}

test("what the lz4 program packs is unpacked again, in each way it packs", { skip }, () => {
  for (const length of [0, 1, 12, 70_000, 1_500_000])
    for (const flags of [["-1"], ["-9"], ["-B4", "-BD"], ["-BX", "--content-size"]]) {
      const bytes = sample(length);
      assert.ok(unpackLz4(packed(bytes, ...flags), MOST).equals(bytes), `${length} ${flags.join(" ")}`);
    }
});

test("a damaged frame, and one that unpacks to too much, is refused with a reason", { skip }, () => {
  const frame = packed(sample(70_000), "-BD");
  for (let at = 0; at < frame.length; at += 7) {
    const damaged = Buffer.from(frame);
    damaged[at] = (damaged[at] ?? 0) ^ 0x55;
    for (const bytes of [damaged, frame.subarray(0, at)])
      try {
        assert.ok(unpackLz4(bytes, MOST).length <= MOST);
      } catch (error) {
        assert.match(String(error), /A batch (?:is no LZ4|unpacks to more)/);
      }
  }
  assert.throws(() => unpackLz4(packed(Buffer.alloc(MOST + 1)), MOST), /unpacks to more than/);
});
