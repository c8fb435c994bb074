/** testing: playbooks for tests: one with every kind of step, and generated ones. */
import fc from "fast-check";
import type { Playbook, Step } from "./model.ts";

export const EVERYTHING = `
id: everything
name: Every kind of step
description: For tests.
types: [mitigation, notification]
labels: [a, b]
severity: 70
variables:
  host: { type: string, required: true, from: "incident.hosts[0]" }
  tries: { type: integer, value: 0 }
  limit: { type: integer, value: 3, constant: true }
start: look
on_exception: give-up
targets:
  ssh--1c3900b4-f86b-430d-b415-12312b9e31f4:
    type: ssh
    name: system 1
    address: { ipv4: [192.0.2.10] }
steps:
  look:
    manual: Is \${host} really infected?
    team: security
    ask: [verdict]
    within: 30m
    on_timeout: both
    next: sure
  sure:
    if: verdict == "yes"
    then: both
    else: stand-down
  both:
    parallel: [isolate, collect]
    next: again
  isolate:
    title: Cut it off
    action: isolate-host
    connector: nftables
    with: { host: "\${host}", minutes: 30 }
    reason: It encrypts files.
    undo_after: 30m
    on_failure: give-up
  collect:
    commands:
      - { type: ssh, command: "ps aux; who" }
      - { type: openc2-http, command: POST /, headers: { accept: [text/plain] } }
    targets: [ssh--1c3900b4-f86b-430d-b415-12312b9e31f4]
    save: { listing: output.stdout }
    wait: 5s
  again:
    while: tries < limit
    do: sub
    at_most: 5
    next: route
  sub:
    playbook: notify
    with: { text: "try \${string(tries)}" }
  route:
    switch: string(verdict)
    cases: { "yes": tell, maybe: stand-down }
    default: stand-down
  tell:
    manual: Tell the service's owner.
    team: operations
    variables: { note: { type: string, value: hello } }
  give-up:
    manual: Call the incident commander.
  stand-down:
    end: true
    title: Nothing to do
`;

const KEYS = ["a", "b", "c", "d", "e", "f", "g", "h"];
const text = fc.string({ minLength: 1, maxLength: 20 }).filter((value) => value.trim() === value && value !== "");

/** Steps lead only to later ones, so no way leads back. */
export const generatedPlaybook: fc.Arbitrary<Playbook> = fc.integer({ min: 1, max: KEYS.length }).chain((size) => {
  const keys = KEYS.slice(0, size);
  const steps = keys.map((key, n) => generatedStep(keys.slice(n + 1)).map((step): [string, Step] => [key, step]));
  return fc
    .record({
      name: text,
      description: fc.option(text, { nil: undefined }),
      severity: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
      steps: fc.tuple(...steps),
    })
    .map(
      ({ name, description, severity, steps: made }): Playbook => ({
        id: "generated",
        name,
        ...(description === undefined ? {} : { description }),
        ...(severity === undefined ? {} : { severity }),
        start: "a",
        // A copy, since generated records have no prototype.
        steps: JSON.parse(JSON.stringify(Object.fromEntries(made))),
      }),
    );
});

function generatedStep(later: readonly string[]): fc.Arbitrary<Step> {
  const leaf: fc.Arbitrary<Step>[] = [
    text.map((manual) => ({ manual })),
    fc.record({ action: fc.constantFrom("isolate-host", "send-message"), reason: text }),
    text.map((command) => ({ commands: [{ type: "bash", command }], within: "90s" })),
    fc.constant<Step>({ end: true, title: "Done" }),
    fc.constant<Step>({ playbook: "other", with: { n: 1 } }),
  ];
  if (later.length === 0) return fc.oneof(...leaf);
  const to = fc.constantFrom(...later);
  return fc.oneof(
    ...leaf,
    fc.record({ manual: text, next: to, title: text }),
    fc.record({ action: fc.constant("isolate-host"), next: to, on_failure: to, undo_after: fc.constant("30m") }),
    fc.record({ parallel: fc.tuple(to, to).map((pair) => [...pair]), next: to }),
    fc.record({ if: fc.constant("1 == 1"), then: to, else: to }),
    fc.record({ while: fc.constant({ cacao: "__n__:value < 3" }), do: to, next: to }),
    fc.record({ switch: fc.constant("x"), cases: fc.record({ one: to, two: to }), default: to }),
  );
}
