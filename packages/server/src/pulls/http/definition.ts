/** definition: what a file in content/pulls may say about an interface: what to ask of the user, how to authenticate, which streams there
 *  are, how their records are found and paged. Data only: texts with places to fill in, and no expressions. */
import { z } from "zod";

const name = z.string().regex(/^[a-z][A-Za-z0-9]{0,39}$/, "a name of letters and digits, a small letter first");
const id = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "a-z, 0-9 and dash");
/** A text with places such as {settings.url}, {secrets.token}, {since}, {until}, {page}. */
const template = z.string().min(1).max(1000);
const templates = z.record(z.string().max(100), template);
/** Keys on the way into a JSON value, with "/" between them; "" is the value itself. */
const path = z.string().max(200);

const field = z.strictObject({
  title: z.string().min(1).max(80),
  description: z.string().max(400).default(""),
  type: z.enum(["text", "url", "multiline", "switch"]).default("text"),
  default: z.union([z.string(), z.boolean()]).optional(),
  optional: z.boolean().default(false),
});

const auth = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  z.strictObject({ kind: z.literal("basic"), user: template, password: template }),
  z.strictObject({ kind: z.literal("bearer"), token: template }),
  z.strictObject({ kind: z.literal("header"), name: template, value: template }),
  z.strictObject({
    kind: z.literal("client-credentials"),
    tokenUrl: template,
    clientId: template,
    clientSecret: template,
    scope: template.optional(),
  }),
  z.strictObject({
    kind: z.literal("google-service-account"),
    tokenUrl: template,
    /** The key file of the account, as JSON. */
    key: template,
    /** The user on whose behalf it asks. */
    subject: template.optional(),
    scope: template,
  }),
  z.strictObject({
    kind: z.literal("aws-signature"),
    service: template,
    region: template,
    accessKey: template,
    secretKey: template,
    sessionToken: template.optional(),
  }),
]);

const page = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  /** The Link header's rel="next". `follow`: the last link is kept, and the next try goes on from it. */
  z.strictObject({ kind: z.literal("link"), follow: z.boolean().default(false) }),
  /** A text in the answer that goes into a parameter of the next request. */
  z.strictObject({ kind: z.literal("token"), at: path, parameter: z.string().min(1) }),
  /** A whole address in the answer. */
  z.strictObject({ kind: z.literal("address"), at: path }),
  /** How many to leave out; the end is a page that is not full. */
  z.strictObject({ kind: z.literal("offset"), parameter: z.string().min(1), size: z.number().int().min(1) }),
]);

const requestStream = z.strictObject({
  id,
  title: z.string().min(1).max(80),
  /** A switch among the settings that turns it on. */
  when: name.optional(),
  url: template,
  query: templates.default({}),
  headers: templates.default({}),
  records: path,
  /** Some leave the list out when it is empty. */
  optionalRecords: z.boolean().default(false),
  recordId: path.optional(),
  time: path,
  /** How {since} and {until} are written. */
  timeFormat: z.enum(["iso", "iso-seconds", "seconds", "milliseconds"]).default("iso"),
  page,
  /** Seconds before the newest record that are asked for again, for what the other side shows late. */
  overlapSeconds: z
    .number()
    .int()
    .min(0)
    .max(7 * 86_400),
  /** Statuses that say a page's place is no longer known: the window is then asked for from its start. */
  expired: z.array(z.number().int().min(400).max(499)).default([400, 404, 410]),
});

const objectStream = z.strictObject({
  id,
  title: z.string().min(1).max(80),
  when: name.optional(),
  /** S3-compatible storage. */
  objects: z.strictObject({
    endpoint: template,
    bucket: template,
    /** A part that is "*" stands for every folder at that place; the days below are walked by date. */
    folders: template,
    ending: z.string().max(40),
  }),
  records: path,
  recordId: path.optional(),
  time: path,
  overlapSeconds: z
    .number()
    .int()
    .min(0)
    .max(7 * 86_400),
});

export const definition = z.strictObject({
  kind: id,
  title: z.string().min(1).max(80),
  description: z.string().min(1).max(400),
  docs: z.url(),
  before: z.array(z.string().min(1)).default([]),
  everySeconds: z.number().int().min(5).max(86_400),
  promise: z.string().min(1).max(600),
  settings: z.record(name, field),
  secrets: z.record(name, field),
  auth,
  streams: z
    .array(z.union([requestStream, objectStream]))
    .min(1)
    .max(30),
});

export type Definition = z.infer<typeof definition>;
export type RequestStream = z.infer<typeof requestStream>;
export type ObjectStream = z.infer<typeof objectStream>;
export type Auth = Definition["auth"];
export type Fields = Definition["settings"];
