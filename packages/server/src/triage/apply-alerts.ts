/** apply-alerts: writes the alerts that a block touched, with what the estate knows of them, and says what ties them to others. */
import type { ServiceBrief } from "@holdfast/contracts/estate";
import type { Transaction } from "../platform/tables/index.ts";
import * as alerts from "./alert-store.ts";
import type { ApplyContext } from "./apply.ts";
import type { JoinSubject } from "./apply-joins.ts";
import { entityKey } from "./causes.ts";
import type { Collapsed, SeenEntity } from "./collapse.ts";
import { mostCritical } from "./derived.ts";
import type { Resolution, Resolve } from "./links.ts";

export interface Written {
  readonly resolve: Resolve;
  readonly subjectOf: (alert: Collapsed) => JoinSubject;
  /** Services of the alerts that are new in this block. */
  readonly servicesOf: (alert: Collapsed) => readonly ServiceBrief[];
}

export async function writeAlerts(
  context: Pick<ApplyContext, "estate">,
  tx: Transaction,
  work: { touched: readonly Collapsed[]; now: number },
): Promise<Written> {
  const { touched, now } = work;
  const written = await describeAlerts(context, tx, touched);
  const { resolve, servicesOf: services } = written;
  const fresh = touched.filter((alert) => alert.isNew);
  if (fresh.length > 0) {
    const previous = await alerts.readPrevious(
      tx,
      fresh.map((alert) => alert.key),
    );
    const rows = fresh.map((alert) => ({
      alert,
      facts: {
        host: hostOf(alert),
        hostAssetId: resolve("host", hostOf(alert)).assetId,
        previousId: previous.get(alert.key) ?? null,
        services: [...services(alert)],
        resolution: resolve(alert.entity.kind, alert.entity.value),
      },
    }));
    await alerts.insertAlerts(tx, rows, now);
  }
  await alerts.updateAlerts(
    tx,
    touched.filter((alert) => !alert.isNew),
  );
  await alerts.writeSamples(tx, touched);
  const entityRows = touched.flatMap((alert) =>
    [...alert.touchedEntities].flatMap((key) => {
      const seen = alert.entities.get(key);
      return seen === undefined
        ? []
        : [{ alertId: alert.id, key, seen, resolution: resolve(seen.entity.kind, seen.entity.value) }];
    }),
  );
  await alerts.writeEntities(tx, entityRows);
  return written;
}

/** What the estate knows of alerts, and what ties them to others. */
export async function describeAlerts(
  context: Pick<ApplyContext, "estate">,
  tx: Transaction,
  touched: readonly Collapsed[],
): Promise<Written> {
  const resolve = await resolver(context, tx, touched);
  const services = await servicesOf(
    context,
    tx,
    touched.filter((alert) => alert.isNew),
  );
  const subjectOf = (alert: Collapsed): JoinSubject => ({
    id: alert.id,
    isNew: alert.isNew,
    entities: touchedEntities(alert),
    ownHosts: ownHosts(alert),
    aboutHost: alert.entity.kind === "host",
    exerciseId: alert.exerciseId,
    services: services(alert).map(({ id, name }) => ({ id, name, role: "own" })),
    firstMs: alert.firstMs,
    lastMs: alert.lastMs,
  });
  return { resolve, subjectOf, servicesOf: services };
}

const UNKNOWN: Resolution = { assetId: null, identityId: null };

function touchedEntities(alert: Collapsed): SeenEntity[] {
  return [...alert.touchedEntities].flatMap((key) => alert.entities.get(key) ?? []);
}

async function resolver(
  context: Pick<ApplyContext, "estate">,
  tx: Transaction,
  touched: readonly Collapsed[],
): Promise<Resolve> {
  const asked = new Map<string, { kind: string; value: string }>();
  const ask = ({ kind, value }: { kind: string; value: string }): void => {
    if (kind === "host" || kind === "ip" || kind === "user") asked.set(entityKey({ kind, value }), { kind, value });
  };
  for (const alert of touched) {
    for (const { entity } of touchedEntities(alert)) ask(entity);
    if (alert.isNew) ask(alert.entity);
    for (const value of ownHosts(alert)) ask({ kind: "host", value });
  }
  const entities = [...asked.values()];
  const answers = entities.length === 0 ? [] : await context.estate.resolve(tx, entities);
  const known = new Map([...asked.keys()].map((key, index) => [key, answers[index] ?? UNKNOWN]));
  return (kind, value) => known.get(entityKey({ kind, value })) ?? UNKNOWN;
}

/** The host an alert is shown with: where it happened, or the host it is collapsed on. */
export function hostOf(alert: Collapsed): string {
  if (alert.entity.kind === "host") return alert.entity.value;
  return ownHosts(alert)[0] ?? "";
}

function ownHosts(alert: Collapsed): string[] {
  return [...alert.entities.values()]
    .filter(({ entity }) => entity.kind === "host" && entity.role === "own")
    .map(({ entity }) => entity.value);
}

async function servicesOf(
  context: Pick<ApplyContext, "estate">,
  tx: Transaction,
  fresh: readonly Collapsed[],
): Promise<(alert: Collapsed) => ServiceBrief[]> {
  if (fresh.length === 0) return () => [];
  const hostsOf = (alert: Collapsed): string[] =>
    [...new Set([hostOf(alert), ...ownHosts(alert)])].filter((host) => host !== "");
  const usersOf = (alert: Collapsed): string[] => (alert.entity.kind === "user" ? [alert.entity.value] : []);
  const hosts = [...new Set(fresh.flatMap(hostsOf))];
  const users = [...new Set(fresh.flatMap(usersOf))];
  const names = [...new Set(fresh.flatMap((alert) => alert.serviceNames))];
  const found = await context.estate.servicesOf(tx, { hosts, users, named: names });
  return (alert) =>
    alert.isNew
      ? mostCritical([
          ...hostsOf(alert).flatMap((host) => found.hosts.get(host) ?? []),
          ...usersOf(alert).flatMap((user) => found.users.get(user) ?? []),
          ...alert.serviceNames.flatMap((name) => found.named?.get(name) ?? []),
        ])
      : [];
}
