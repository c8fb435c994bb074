/** gelf: Graylog's format over HTTP: one message a request, or one a line. 202 as Graylog answers, and only after the sync. */
import type { AppError } from "../../platform/errors/index.ts";
import type { RawAnswer } from "../raw-answer.ts";
import { splitBody } from "../split-records.ts";
import { answer, inWords, type ProtocolCall, type ProtocolDoor, type ProtocolEndpoint } from "./protocol.ts";

export function createGelf(door: ProtocolDoor): ProtocolEndpoint[] {
  async function take(call: ProtocolCall): Promise<RawAnswer> {
    const source = door.sourceOf(call);
    return door.withBody(source, call, async (body) => {
      const split = splitBody(body, "application/json");
      if (!split.ok) return answer(400, { message: `The body is not GELF: ${split.reason}.` });
      const records = split.records.filter((record) => record.length <= door.recordBytes);
      const over = split.records.length - records.length;
      await door.append(source, call, records);
      door.reject(source, over, "too-large");
      if (over > 0) return answer(413, { message: `${over} messages are over ${door.recordBytes} bytes.` });
      return { status: 202, headers: {}, body: "" };
    });
  }

  const handle = (call: ProtocolCall): Promise<RawAnswer> => inWords(() => take(call), refuse);
  return [{ methods: ["POST"], paths: ["/gelf"], handle }];
}

const refuse = (refusal: AppError): RawAnswer => answer(refusal.status, { message: refusal.message });
