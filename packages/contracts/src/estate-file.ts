/** estate-file: the contract of `holdfast estate import`: teams, services, assets and identities in one YAML or JSON file.
 *  Keys are exact (an unknown one is refused, so a typing mistake never becomes silent loss) and every reference is checked here,
 *  so that whoever reads the file afterwards can rely on it. The example is content/estate/demo.yaml. */
import { z } from "zod";

const slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "must be a short id: lower-case letters, digits and hyphens, such as web-shop");
const assetName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/,
    "must be a host or resource name as it stands in logs, such as pay-db-01",
  );
const text = z.string().trim().min(1, "must not be empty").max(2000, "must have at most 2,000 characters");
const shortText = z.string().trim().min(1, "must not be empty").max(200, "must have at most 200 characters");
const criticality = z
  .int("must be a whole number from 1 (can wait) to 5 (the business stops)")
  .min(1, "must be 1 (can wait) to 5 (the business stops)")
  .max(5, "must be 1 (can wait) to 5 (the business stops)");
const exposure = z.enum(["internet", "partner", "internal", "isolated"], {
  error: "must be one of internet, partner, internal, isolated",
});
const address = z.union([z.ipv4(), z.ipv6()], { error: "must be an IPv4 or IPv6 address such as 10.20.0.10" });

export const estateTeam = z.strictObject({
  id: slug,
  name: shortText,
  /** security and operations are the two sides of the floor; every other team is an owner of things. */
  kind: z.enum(["security", "operations", "other"], { error: "must be one of security, operations, other" }),
  /** Login names. Where a team has some, what touches its services is approved by one of them and not by anybody of its side. */
  members: z.array(shortText).max(200, "must have at most 200 names").default([]),
});

export const estateService = z.strictObject({
  id: slug,
  name: shortText,
  /** Id of the owner team. */
  owner: slug,
  criticality,
  exposure,
  description: text.default("No description."),
  /** Ids of the services that this one can't work without. */
  depends_on: z.array(slug).default([]),
  /** Names of the assets it runs on. */
  assets: z.array(assetName).default([]),
});

export const estateAsset = z.strictObject({
  name: assetName,
  kind: z.enum(
    [
      "workstation",
      "server",
      "domain-controller",
      "database",
      "gateway",
      "cluster",
      "cloud-account",
      "appliance",
      "other",
    ],
    {
      error:
        "must be one of workstation, server, domain-controller, database, gateway, cluster, cloud-account, appliance, other",
    },
  ),
  os: z.string().trim().max(100, "must have at most 100 characters").default(""),
  addresses: z.array(address).default([]),
  owner: slug,
  criticality,
  exposure,
  tags: z.array(slug).default([]),
});

export const estateIdentity = z.strictObject({
  /** The account name as it stands in logs, without domain. */
  name: z.string().regex(/^[A-Za-z0-9_.$-]{1,104}$/, "must be an account name without domain, such as l.ortiz"),
  full_name: shortText,
  kind: z.enum(["person", "service", "admin"], { error: "must be one of person, service, admin" }),
  team: slug,
  privileged: z.boolean("must be true or false").default(false),
  /** Other names of the same identity in logs: mail address, DOMAIN\name, ARN. */
  aliases: z.array(shortText).default([]),
});

export const estateFile = z
  .strictObject({
    teams: z.array(estateTeam).default([]),
    services: z.array(estateService).default([]),
    assets: z.array(estateAsset).default([]),
    identities: z.array(estateIdentity).default([]),
  })
  .superRefine((file, context) => {
    const report = (path: (string | number)[], message: string): void => {
      context.addIssue({ code: "custom", path, message });
    };
    const teams = unique(
      file.teams.map((team) => team.id),
      (at, id) => report(["teams", at, "id"], `the team "${id}" stands here a second time`),
    );
    const services = unique(
      file.services.map((service) => service.id),
      (at, id) => report(["services", at, "id"], `the service "${id}" stands here a second time`),
    );
    const assets = unique(
      file.assets.map((asset) => asset.name),
      (at, name) => report(["assets", at, "name"], `the asset "${name}" stands here a second time`),
    );
    unique(
      file.identities.map((identity) => identity.name),
      (at, name) => report(["identities", at, "name"], `the identity "${name}" stands here a second time`),
    );
    const team = (path: (string | number)[], id: string): void => {
      if (!teams.has(id)) report(path, `no team "${id}" in teams: add it there or correct the name`);
    };
    file.services.forEach((service, at) => {
      team(["services", at, "owner"], service.owner);
      service.depends_on.forEach((id, index) => {
        const path = ["services", at, "depends_on", index];
        if (id === service.id) report(path, `the service "${id}" can't depend on itself`);
        else if (!services.has(id)) report(path, `no service "${id}" in services: add it there or correct the name`);
      });
      service.assets.forEach((name, index) => {
        if (!assets.has(name.toLowerCase()))
          report(["services", at, "assets", index], `no asset "${name}" in assets: add it there or correct the name`);
      });
    });
    file.assets.forEach((asset, at) => team(["assets", at, "owner"], asset.owner));
    file.identities.forEach((identity, at) => team(["identities", at, "team"], identity.team));
  });

export type EstateFile = z.infer<typeof estateFile>;
export type EstateTeam = z.infer<typeof estateTeam>;
export type EstateService = z.infer<typeof estateService>;
export type EstateAsset = z.infer<typeof estateAsset>;
export type EstateIdentity = z.infer<typeof estateIdentity>;

/** The names, compared without case as hosts and accounts are. */
function unique(names: string[], repeated: (at: number, name: string) => void): Set<string> {
  const seen = new Set<string>();
  names.forEach((name, at) => {
    if (seen.has(name.toLowerCase())) repeated(at, name);
    seen.add(name.toLowerCase());
  });
  return seen;
}
