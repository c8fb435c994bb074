/** connector: the contract of a file in content/connectors: one kind of system, its settings and secrets, and what it can do. It is
 *  pure: it reaches the world only by the ports it is given. Building its operations reaches nothing; running them does. */
import type { z } from "zod";
import type { Capabilities, Capability } from "./capabilities.ts";
import { type Outcome, type Problem, problem } from "./outcome.ts";
import type { Ports } from "./ports.ts";

export interface ConnectorContext<S, K> {
  readonly settings: S;
  readonly secrets: K;
  readonly ports: Ports;
}

export interface ConnectorDefinition<S extends z.ZodObject, K extends z.ZodObject> {
  /** Equal to the file name. */
  readonly kind: string;
  readonly title: string;
  /** One sentence: what one does with it. */
  readonly description: string;
  /** Public address of the interface's documentation. */
  readonly docs: string;
  /** Shown; forms are made of it: give each field `.meta({ title, description })`. */
  readonly settings: S;
  /** Write-only. */
  readonly secrets: K;
  readonly offers: readonly Capability[];
  /** Whether secrets are sent to the far side. A key that only signs stays here. */
  readonly secretsTravel: boolean;
  /** "host:port" of everything it speaks to; nothing else is reached. */
  reaches(settings: z.infer<S>): readonly string[];
  connect(context: ConnectorContext<z.infer<S>, z.infer<K>>): Partial<Capabilities>;
  /** Reaches the far side, proves that the credentials work, and changes nothing. */
  test(context: ConnectorContext<z.infer<S>, z.infer<K>>): Promise<Outcome>;
}

export interface Connector {
  readonly kind: string;
  readonly title: string;
  readonly description: string;
  readonly docs: string;
  readonly settings: z.ZodObject;
  readonly secrets: z.ZodObject;
  readonly offers: readonly Capability[];
  readonly secretsTravel: boolean;
  /** Reads what was entered. */
  read(settings: unknown, secrets: unknown): ReadConnector | Problem;
}

export interface ReadConnector {
  readonly ok: true;
  readonly reaches: readonly string[];
  connect(ports: Ports): { readonly capabilities: Partial<Capabilities>; test(): Promise<Outcome> };
}

export function defineConnector<S extends z.ZodObject, K extends z.ZodObject>(
  definition: ConnectorDefinition<S, K>,
): Connector {
  const { kind, title, description, docs, settings, secrets, offers, secretsTravel } = definition;
  return {
    kind,
    title,
    description,
    docs,
    settings,
    secrets,
    offers,
    secretsTravel,
    read(enteredSettings, enteredSecrets) {
      const first = settings.safeParse(enteredSettings);
      if (!first.success) return issueOf("settings", first.error, enteredSettings);
      const second = secrets.safeParse(enteredSecrets);
      if (!second.success) return issueOf("secrets", second.error, enteredSecrets);
      return {
        ok: true,
        reaches: definition.reaches(first.data),
        connect(ports) {
          const context = { settings: first.data, secrets: second.data, ports };
          return { capabilities: definition.connect(context), test: () => definition.test(context) };
        },
      };
    },
  };
}

/** The first thing that is wrong, as a value. Never quotes what was entered: it may be a secret.
 *  @param entered tells what is missing from what is of the wrong kind */
export function issueOf(part: string, error: z.ZodError, entered?: unknown): Problem {
  const issue = error.issues[0];
  const path = issue?.path ?? [];
  const at = [part, ...path].filter((step) => step !== "").join(".");
  if (isEmptyAt(entered, path)) return problem(at, `${at} is missing: give it a value`);
  return problem(at, `${at}: ${issue?.message ?? "cannot be read"}`);
}

function isEmptyAt(entered: unknown, path: readonly PropertyKey[]): boolean {
  let value = entered;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return false;
    value = Reflect.get(value, step);
  }
  return path.length > 0 && (value === null || value === undefined);
}
