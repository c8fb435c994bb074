/** kind: a definition of an interface, as a kind that can be fetched. */
import type { Clock } from "../../platform/clock/index.ts";
import type { Egress } from "../../platform/egress/index.ts";
import type { Kind } from "../kind.ts";
import { createClient } from "./client.ts";
import type { Definition } from "./definition.ts";
import { schemaOf } from "./form.ts";
import { createObjectStream } from "./object-stream.ts";
import { createRequestStream } from "./request-stream.ts";
import { fillUrl } from "./template.ts";

export function kindOf(
  definition: Definition,
  given: {
    readonly egress: Pick<Egress, "fetch">;
    readonly clock: Clock;
    readonly split: (array: Buffer) => readonly Buffer[] | undefined;
  },
): Kind {
  const { kind, title, description, docs, before, everySeconds, promise, auth, streams } = definition;
  return {
    kind,
    via: "pull",
    title,
    description,
    docs,
    before,
    settings: schemaOf(definition.settings),
    secrets: schemaOf(definition.secrets),
    everySeconds,
    backfill: true,
    promise,
    reaches(settings) {
      const values = { settings, secrets: {}, since: "x", until: "x", page: "x" };
      const addresses = [
        ...streams.map((stream) => ("objects" in stream ? stream.objects.endpoint : stream.url)),
        ...("tokenUrl" in auth ? [auth.tokenUrl] : []),
      ].map((address) => fillUrl(address, values) ?? "");
      return [...new Set(addresses.filter((address) => URL.canParse(address)).map(placeOf))];
    },
    open({ settings, secrets, caller }) {
      const values = { settings, secrets };
      const { egress, clock, split } = given;
      const client = createClient({ egress, caller, auth, values, clock });
      return {
        how: "pages",
        streams: streams
          .filter(({ when }) => when === undefined || settings[when] === true)
          .map((stream) =>
            "objects" in stream
              ? createObjectStream({ definition: stream, client, values, clock, split })
              : createRequestStream({ definition: stream, client, values, clock, split }),
          ),
      };
    },
  };
}

function placeOf(address: string): string {
  const { hostname, port, protocol } = new URL(address);
  return `${hostname.replaceAll(/^\[|\]$/g, "")}:${port === "" ? (protocol === "https:" ? 443 : 80) : port}`;
}
