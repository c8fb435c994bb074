/** respond-policy: who proposes, who approves, what is never touched, and how much an hour: data, versioned, edited by
 *  administrators. The first rule that fits decides. */
import { z } from "zod";
import { team } from "./model.ts";

const names = z.array(z.string().trim().min(1).max(300)).max(2000);

export const policyRule = z.strictObject({
  name: z.string().trim().min(1).max(100),
  when: z.strictObject({
    /** Each list that is given must hold one that fits; none given fits all. */
    effects: z.array(z.enum(["reversible", "irreversible"])).optional(),
    actions: z.array(z.string().max(200)).max(200).optional(),
    /** A service of at least this criticality is hit. */
    minCriticality: z.number().int().min(1).max(5).optional(),
    /** A service that nothing is left of. */
    noneLeft: z.boolean().optional(),
  }),
  /** "owner": each side that owns a service that is hit; the policy's `ownerless` where none is known. */
  approve: z.enum(["owner", "security", "operations", "both", "either", "nobody"]),
  quorum: z.number().int().min(1).max(10).default(1),
  expiresMinutes: z.number().int().min(1).max(10_080).default(60),
  /** What silence means. "proceed" is taken for reversible effects only. */
  onExpiry: z.enum(["refuse", "proceed"]).default("refuse"),
  secondFactor: z.boolean().default(false),
});
export type PolicyRule = z.infer<typeof policyRule>;

export const responsePolicy = z.strictObject({
  rules: z.array(policyRule).min(1).max(100),
  /** Who answers for what no service with an owner runs on. */
  ownerless: team,
  propose: z.strictObject({ teams: z.array(team).min(1) }),
  breakGlass: z.strictObject({ allowed: z.boolean(), teams: z.array(team), secondFactor: z.boolean() }),
  never: z.strictObject({
    hosts: names,
    users: names,
    addresses: names,
    assetKinds: names,
    tags: names,
    /** The machines that Holdfast itself runs on. */
    ourselves: z.boolean(),
  }),
  limits: z.strictObject({
    hostsPerHour: z.number().int().min(1).max(100_000),
    usersPerHour: z.number().int().min(1).max(100_000),
  }),
  /** How long a reversible effect lasts when the proposal does not say; null = until someone undoes it. */
  undoAfterMinutes: z.number().int().min(1).max(43_200).nullable(),
  driftCheckMinutes: z.number().int().min(1).max(1_440),
});
export type ResponsePolicy = z.infer<typeof responsePolicy>;
