/** otlp-traces: the spans of an export request, in OpenTelemetry's JSON and in its binary form (opentelemetry/proto/trace/v1). A span is
 *  kept whole, with its events and links; names are those of the JSON form, attributes are flat. */
import type { Around, Encoding } from "./otlp.ts";
import { attributesOf, type ExportNames, isRecord, listOf, readJsonExport, textOf } from "./otlp-json.ts";
import { fields, hexTo, type Reader, readPair, readProtobufExport, textTo, unsigned } from "./otlp-protobuf.ts";

const MESSAGE = "ExportTraceServiceRequest";
const NAMES: ExportNames = { message: MESSAGE, resources: "resourceSpans", scopes: "scopeSpans", items: "spans" };

type OtlpTraces = { readonly ok: true; readonly records: Span[] } | { readonly ok: false; readonly reason: string };

export function readTraces(body: Buffer, encoding: Encoding): OtlpTraces {
  return encoding === "json" ? readJsonExport(body, NAMES, spanOf) : readProtobufExport(body, MESSAGE, readSpan);
}

interface Span extends Around {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly object[];
  readonly links: readonly object[];
  /** 1 ok, 2 error. */
  readonly statusCode: number;
  readonly statusMessage: string;
}

const KINDS = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
const CODES = ["UNSET", "OK", "ERROR"];

function spanOf(span: Record<string, unknown>, around: Around): Span {
  const status = isRecord(span["status"]) ? span["status"] : {};
  return {
    traceId: textOf(span["traceId"]),
    spanId: textOf(span["spanId"]),
    parentSpanId: textOf(span["parentSpanId"]),
    name: textOf(span["name"]),
    kind: numberOf(span["kind"], "SPAN_KIND_", KINDS),
    startTimeUnixNano: textOf(span["startTimeUnixNano"]),
    endTimeUnixNano: textOf(span["endTimeUnixNano"]),
    attributes: attributesOf(span),
    events: listOf(span, "events").map((event) => ({
      timeUnixNano: textOf(event["timeUnixNano"]),
      name: textOf(event["name"]),
      attributes: attributesOf(event),
    })),
    links: listOf(span, "links").map((link) => ({ traceId: textOf(link["traceId"]), spanId: textOf(link["spanId"]) })),
    statusCode: numberOf(status["code"], "STATUS_CODE_", CODES),
    statusMessage: textOf(status["message"]),
    ...around,
  };
}

/** Enumerations are numbers; some senders write their names all the same. */
function numberOf(value: unknown, prefix: string, names: readonly string[]): number {
  if (typeof value === "string") return Math.max(0, names.indexOf(value.replace(prefix, "")));
  return typeof value === "number" && value >= 0 && value < names.length ? Math.trunc(value) : 0;
}

function readSpan(reader: Reader, end: number): Span {
  const attributes: Record<string, unknown> = {};
  const events: object[] = [];
  const links: object[] = [];
  const span = {
    traceId: "",
    spanId: "",
    parentSpanId: "",
    name: "",
    kind: 0,
    startTimeUnixNano: "",
    endTimeUnixNano: "",
    attributes,
    events,
    links,
    statusCode: 0,
    statusMessage: "",
    resource: {},
    scope: { name: "", version: "" },
  };
  fields(reader, end, {
    1: (value, valueEnd) => void (span.traceId = hexTo(value, valueEnd)),
    2: (value, valueEnd) => void (span.spanId = hexTo(value, valueEnd)),
    4: (value, valueEnd) => void (span.parentSpanId = hexTo(value, valueEnd)),
    5: (value, valueEnd) => void (span.name = textTo(value, valueEnd)),
    6: (value) => void (span.kind = value.int32()),
    7: (value) => void (span.startTimeUnixNano = unsigned(value.fixed64())),
    8: (value) => void (span.endTimeUnixNano = unsigned(value.fixed64())),
    9: (value, valueEnd) => readPair(value, valueEnd, { into: attributes, depth: 0 }),
    11: (value, valueEnd) => events.push(readEvent(value, valueEnd)),
    13: (value, valueEnd) => links.push(readLink(value, valueEnd)),
    15: (value, valueEnd) =>
      fields(value, valueEnd, {
        2: (inner, innerEnd) => void (span.statusMessage = textTo(inner, innerEnd)),
        3: (inner) => void (span.statusCode = inner.int32()),
      }),
  });
  return span;
}

function readEvent(reader: Reader, end: number): object {
  const attributes: Record<string, unknown> = {};
  const event = { timeUnixNano: "", name: "", attributes };
  fields(reader, end, {
    1: (value) => void (event.timeUnixNano = unsigned(value.fixed64())),
    2: (value, valueEnd) => void (event.name = textTo(value, valueEnd)),
    3: (value, valueEnd) => readPair(value, valueEnd, { into: attributes, depth: 0 }),
  });
  return event;
}

function readLink(reader: Reader, end: number): object {
  const link = { traceId: "", spanId: "" };
  fields(reader, end, {
    1: (value, valueEnd) => void (link.traceId = hexTo(value, valueEnd)),
    2: (value, valueEnd) => void (link.spanId = hexTo(value, valueEnd)),
  });
  return link;
}
