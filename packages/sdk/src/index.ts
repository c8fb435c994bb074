/** sdk: what an author of content imports, and the hot path that runs the parsers. Nothing here does I/O. */
export type { Action, BoundAction } from "./action.ts";
export { defineAction } from "./action.ts";
export type {
  BlockedPath,
  Capabilities,
  Capability,
  Directory,
  Edr,
  Firewall,
  Message,
  Messages,
  OpenC2,
  Plan,
  Requests,
  Sessions,
  Shell,
  Sinkhole,
} from "./capabilities.ts";
export type { ConformanceInput, Random } from "./conformance.ts";
export { checkParser, mutate, randomFrom } from "./conformance.ts";
export type { Connector, ConnectorContext, ReadConnector } from "./connector.ts";
export { defineConnector } from "./connector.ts";
export type { RecordInput } from "./decode.ts";
export { decodeRecord } from "./decode.ts";
export type { EventColumns, Observable, ObservableKind } from "./event.ts";
export { EVENT_DEFAULTS, observablesOf } from "./event.ts";
export type { FieldMap } from "./field-map.ts";
export { defineFieldMap } from "./field-map.ts";
export { ipOf } from "./ip.ts";
export type { JsonCheck } from "./json-limits.ts";
export { checkJson, MAX_DEPTH, MAX_FIELDS } from "./json-limits.ts";
export type { NormalisedEvent, Normaliser } from "./normalise.ts";
export { createNormaliser, MAX_MESSAGE } from "./normalise.ts";
export type { Artefact, Effect, Failure, Operation, Outcome, Problem, Reply, Target } from "./outcome.ts";
export { done, failed, held, outcomeOf, problem } from "./outcome.ts";
export { dissector, readPairs, readSeparated } from "./pairs.ts";
export type {
  DecodedRecord,
  InnerRecord,
  Json,
  JsonObject,
  Logsource,
  ParsedEvent,
  Parser,
  ParseResult,
  ParserSample,
  SyslogHeader,
} from "./parser.ts";
export { defineParser } from "./parser.ts";
export type {
  DnsPort,
  DnsRecord,
  DnsServer,
  HttpRequest,
  HttpResponse,
  LdapEntry,
  LdapServer,
  LdapSession,
  Mail,
  Ports,
  SshCommand,
  SshHost,
  SshResult,
} from "./ports.ts";
export type { Fields } from "./read.ts";
export { firstText, flatten, integerOf, objectOf, setField, textOf, valuesAt } from "./read.ts";
export { headerless, parseSyslog } from "./syslog.ts";
export type { EventTime, SyslogTime } from "./time.ts";
export { parseClfTime, parseCtime, parseEpoch, parseFiletime, parseIso, parseSyslogTime, parseTime } from "./time.ts";
