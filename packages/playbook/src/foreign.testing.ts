/** foreign.testing: CACAO documents as other tools may write them: every step type, every field of the standard that we have a word for or
 *  not, in odd values and orders. Not all of them are sensible; all of them have to come back as they were. */
import fc from "fast-check";
import type { JsonObject } from "./index.ts";

const text = fc.string({ minLength: 1, maxLength: 12 }).filter((value) => value !== "__proto__");
const id = (type: string): fc.Arbitrary<string> => fc.uuid().map((uuid) => `${type}--${uuid}`);
const some = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(one, { nil: undefined });
const name = fc.constantFrom("__host__", "__user-name__", "__count__", "__a__", "odd", "__constructor_x__");
const names = fc.uniqueArray(name, { minLength: 1, maxLength: 3 });
/** `__proto__` is no name that a document can bring in. */
const anything = fc.jsonValue({ maxDepth: 2 }).filter((value) => !JSON.stringify(value).includes("__proto__"));

const variable = fc.record(
  {
    type: fc.constantFrom("string", "integer", "ipv4-addr", "list", "my-own-type"),
    value: fc.constantFrom("", "3", "192.0.2.1", null),
    description: text,
    constant: fc.constant(false),
    external: fc.boolean(),
    "x-more": anything,
  },
  { requiredKeys: ["type"] },
);
const fitting = variable.filter(({ type, value }) =>
  type === "integer"
    ? value == null || value === "3"
    : type === "ipv4-addr"
      ? value !== "3"
      : type !== "list" || value == null,
);
const variables = fc.dictionary(name, fitting, { maxKeys: 3 });

const references = fc.array(fc.record({ name: text, url: fc.constant("https://example.org"), hashes: anything }), {
  minLength: 1,
  maxLength: 2,
});
const base = {
  name: some(text),
  description: some(text),
  external_references: some(references),
  delay: some(fc.constantFrom(0, 1, 1500, 60_000)),
  timeout: some(fc.constantFrom(0, 999, 3_600_000, 1.5)),
  step_variables: some(variables),
  owner: some(id("identity")),
  step_extensions: some(fc.dictionary(text, anything, { maxKeys: 2 })),
};

const command = fc.oneof(
  fc.record({ type: fc.constant("ssh"), command: text, description: some(text), version: some(text) }),
  fc.record({ type: fc.constant("bash"), command_b64: fc.base64String(), playbook_activity: some(text) }),
  fc.record({ type: fc.constant("manual"), command: text }),
  fc.record({
    type: fc.constant("http-api"),
    command: fc.constant("POST /a HTTP/1.1"),
    headers: some(fc.dictionary(text, fc.array(text, { maxLength: 2 }), { maxKeys: 2 })),
    content: some(text),
    content_b64: some(fc.base64String()),
  }),
  fc.record({ type: fc.constantFrom("sigma", "yara", "kestrel", "caldera-cmd"), command: text }),
);

/** Steps lead only to later ones. */
function stepTo(later: readonly string[]): fc.Arbitrary<object> {
  const to = fc.constantFrom(...later);
  const leads = fc.oneof(
    fc.record({ on_completion: to }),
    fc.record({ on_success: to, on_failure: to }),
    fc.record({ on_success: to }),
    fc.record({ on_failure: to }),
    fc.constant({}),
  );
  const kind = fc.oneof(
    fc.record({
      type: fc.constant("action"),
      commands: fc.array(command, { minLength: 1, maxLength: 3 }),
      agent: id("organization"),
      targets: some(fc.constant(["group--00000000-0000-4000-8000-000000000001"])),
      in_args: some(names),
      out_args: some(names),
    }),
    fc.record({
      type: fc.constant("playbook-action"),
      playbook_id: id("playbook"),
      playbook_version: some(text),
      in_args: some(names),
      out_args: some(names),
    }),
    fc.record({ type: fc.constant("parallel"), next_steps: fc.array(to, { minLength: 1, maxLength: 3 }) }),
    fc.record({ type: fc.constant("if-condition"), condition: text, on_true: to, on_false: some(to) }),
    fc.record({ type: fc.constant("while-condition"), condition: text, on_true: to }),
    fc.record({
      type: fc.constant("switch-condition"),
      switch: fc.constant("__count__:value"),
      cases: fc.dictionary(fc.constantFrom("1", "2", "default", "constructor"), to, { minKeys: 1, maxKeys: 3 }),
    }),
  );
  return fc.tuple(kind, leads, fc.record(base)).map(([own, ways, more]) => ({ ...own, ...ways, ...more }));
}

export const foreignDocument: fc.Arbitrary<JsonObject> = fc
  .tuple(
    fc.uniqueArray(fc.uuid(), { minLength: 3, maxLength: 7 }),
    fc.record({
      name: text,
      id: id("playbook"),
      description: some(text),
      playbook_types: some(fc.array(fc.constantFrom("mitigation", "detection", "x-own"), { maxLength: 3 })),
      playbook_activities: some(fc.array(text, { maxLength: 2 })),
      created_by: id("identity"),
      created: fc.constant("2023-11-20T15:56:00.123456Z"),
      modified: fc.constant("2023-11-21T15:56:00.1Z"),
      revoked: some(fc.boolean()),
      valid_from: some(fc.constant("2023-11-20T15:56:00.123456Z")),
      derived_from: some(fc.array(id("playbook"), { minLength: 1, maxLength: 1 })),
      related_to: some(fc.array(id("playbook"), { minLength: 1, maxLength: 1 })),
      priority: some(fc.constantFrom(0, 1, 100)),
      severity: some(fc.constantFrom(0, 55, 100)),
      impact: some(fc.constantFrom(0, 7, 100)),
      industry_sectors: some(fc.array(text, { maxLength: 2 })),
      labels: some(fc.array(text, { maxLength: 2 })),
      external_references: some(references),
      markings: some(fc.array(id("marking-tlp"), { minLength: 1, maxLength: 2 })),
      playbook_variables: some(variables),
      playbook_processing_summary: some(fc.record({ manual_playbook: fc.boolean() })),
      authentication_info_definitions: some(
        fc.constant({ "http-basic--1": { type: "http-basic", username: "__a__:value" } }),
      ),
      data_marking_definitions: some(fc.dictionary(id("marking-tlp"), fc.record({ type: fc.constant("marking-tlp") }))),
      target_definitions: fc.constant({
        "group--00000000-0000-4000-8000-000000000001": {
          type: "group",
          name: "All",
          category: ["server"],
          contact: { phone: { work: "1" } },
        },
      }),
      signatures: some(
        fc.array(fc.record({ type: fc.constant("jss"), value: text, public_key: anything }), { maxLength: 1 }),
      ),
      "x-own": some(anything),
    }),
  )
  .chain(([uuids, top]) => {
    const [start = "", ...rest] = uuids;
    const ids = rest.map((uuid, n) => `${n === rest.length - 1 ? "end" : "action"}--${uuid}`);
    const steps = ids.map((_, n) =>
      n === ids.length - 1
        ? fc.record({ type: fc.constant("end"), name: some(text), external_references: some(references) })
        : stepTo(ids.slice(n + 1)),
    );
    return fc.tuple(fc.tuple(...steps), some(fc.constantFrom(...ids)), some(text)).map(([made, exception, title]) => ({
      type: "playbook",
      spec_version: "cacao-2.0",
      ...top,
      workflow_start: `start--${start}`,
      workflow_exception: exception,
      workflow: {
        [`start--${start}`]: { type: "start", name: title, delay: 0, on_completion: ids[0] },
        ...Object.fromEntries(ids.map((step, n) => [step, made[n]])),
      },
      agent_definitions: {},
    }));
  })
  // As it would be read from a file: without what is not there, and with plain objects.
  .map((document): JsonObject => JSON.parse(JSON.stringify(document)) as JsonObject);
