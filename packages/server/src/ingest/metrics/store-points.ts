/** store-points: points of any input through the door. Those that no chart could use go to the spool as well, so that they are counted
 *  and end in quarantine with their reason; the sender is told how many they are. */
import type { ProtocolDoor } from "../protocols/protocol.ts";
import type { StoredSource } from "../source-store.ts";
import { encodePoint, METRIC_RECORDS, type MetricPoint, pointProblem } from "./point.ts";

export interface PointsStored {
  /** Those that are good and on disk. */
  readonly taken: readonly MetricPoint[];
  readonly refused: number;
  /** The first reason, "" when all were taken. */
  readonly why: string;
}

export async function storePoints(
  door: Pick<ProtocolDoor, "append" | "reject" | "recordBytes">,
  from: { readonly source: StoredSource; readonly ip: string },
  points: readonly MetricPoint[],
): Promise<PointsStored> {
  const records: Uint8Array[] = [];
  const taken: MetricPoint[] = [];
  let [refused, large, why] = [0, 0, ""];
  for (const point of points) {
    const record = encodePoint(point);
    const problem =
      record.length > door.recordBytes ? `a point is over ${door.recordBytes} bytes` : pointProblem(point);
    if (problem === undefined) taken.push(point);
    else {
      refused += 1;
      why ||= `${point.name.slice(0, 100)}: ${problem}`;
    }
    if (record.length <= door.recordBytes) records.push(record);
    else large += 1;
  }
  await door.append(from.source, { ip: from.ip, kind: METRIC_RECORDS }, records);
  door.reject(from.source, large, "too-large");
  return { taken, refused, why };
}
