/** access: who may do what. Roles are fixed sets of permissions; every route names one permission. */
import { z } from "zod";
import { idParams, none, page, pageQuery, team, timestamp } from "./model.ts";
import { route } from "./route.ts";

export const PERMISSIONS = [
  "events.read",
  "alerts.read",
  "alerts.work",
  "incidents.read",
  "incidents.work",
  "estate.read",
  "estate.write",
  "changes.write",
  "sources.read",
  "sources.write",
  "ingest.write",
  "rules.read",
  "rules.write",
  "measures.read",
  "users.read",
  "users.write",
  "tokens.write",
  "audit.read",
  "system.read",
  "backups.write",
  "triage.write",
  "connectors.read",
  "connectors.write",
  "oncall.read",
  "oncall.write",
  "playbooks.read",
  "playbooks.write",
  "playbooks.run",
  "effects.propose",
  "approvals.decide",
  "policy.write",
  "exercises.read",
  "exercises.run",
] as const;
export const permission = z.enum(PERMISSIONS);
export type Permission = z.infer<typeof permission>;

export const role = z.enum(["viewer", "analyst", "operations", "approver", "admin"]);
export type Role = z.infer<typeof role>;

const READ: readonly Permission[] = [
  "events.read",
  "alerts.read",
  "incidents.read",
  "estate.read",
  "sources.read",
  "rules.read",
  "measures.read",
  "system.read",
  "connectors.read",
  "oncall.read",
  "playbooks.read",
  "exercises.read",
];

/** What everyone who works on incidents may do. */
const WORK: readonly Permission[] = [
  "alerts.work",
  "incidents.work",
  "triage.write",
  "playbooks.run",
  "effects.propose",
  "exercises.run",
  "tokens.write",
];

/** What each role may do. Data, shown in Settings and tested cell by cell. */
export const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: READ,
  analyst: [...READ, ...WORK, "rules.write", "ingest.write", "playbooks.write"],
  operations: [
    ...READ,
    ...WORK,
    "estate.write",
    "changes.write",
    "sources.write",
    "ingest.write",
    "connectors.write",
    "oncall.write",
    "playbooks.write",
    "approvals.decide",
  ],
  approver: [...READ, ...WORK, "approvals.decide"],
  admin: PERMISSIONS,
};

export const user = z.object({
  id: z.string(),
  name: z.string(),
  fullName: z.string(),
  role,
  team,
  disabled: z.boolean(),
  createdAt: timestamp,
  lastLoginAt: timestamp.nullable(),
});
export type User = z.infer<typeof user>;

export const session = z.object({
  user,
  permissions: z.array(permission),
  expiresAt: timestamp,
  /** Sent back in the `x-holdfast-csrf` header of every call that changes something. */
  csrf: z.string(),
});
export type Session = z.infer<typeof session>;

export const token = z.object({
  id: z.string(),
  name: z.string(),
  role,
  /** First characters, to recognise it. */
  prefix: z.string(),
  createdBy: z.string(),
  createdAt: timestamp,
  expiresAt: timestamp.nullable(),
  lastUsedAt: timestamp.nullable(),
  revokedAt: timestamp.nullable(),
});
export type Token = z.infer<typeof token>;

export const auditEntry = z.object({
  seq: z.number().int(),
  at: timestamp,
  actor: z.object({ kind: z.enum(["user", "token", "system"]), id: z.string(), name: z.string() }),
  action: z.string(),
  target: z.string(),
  details: z.record(z.string(), z.unknown()),
  hash: z.string(),
});
export type AuditEntry = z.infer<typeof auditEntry>;

const password = z.string().min(12, "at least 12 characters").max(200);
const userName = z
  .string()
  .regex(/^[a-z][a-z0-9._-]{1,39}$/, "2 to 40 characters: a-z, 0-9, dot, dash, underscore; a letter first");

export const accessRoutes = {
  login: route({
    method: "POST",
    path: "/api/session",
    permission: "public",
    mutates: true,
    summary: "Log in with user and password; sets the session cookie.",
    params: none,
    query: none,
    body: z.strictObject({ user: z.string().min(1).max(100), password: z.string().min(1).max(200) }),
    response: session,
  }),
  me: route({
    method: "GET",
    path: "/api/session",
    permission: "self",
    summary: "Who is logged in and what they may do.",
    params: none,
    query: none,
    body: none,
    response: session,
  }),
  logout: route({
    method: "DELETE",
    path: "/api/session",
    permission: "self",
    mutates: true,
    summary: "Log out and end this session.",
    params: none,
    query: none,
    body: none,
    response: none,
  }),
  changePassword: route({
    method: "POST",
    path: "/api/session/password",
    permission: "self",
    mutates: true,
    summary: "Change one's own password; ends all other sessions.",
    params: none,
    query: none,
    body: z.strictObject({ current: z.string().min(1).max(200), next: password }),
    response: none,
  }),
  listUsers: route({
    method: "GET",
    path: "/api/users",
    permission: "users.read",
    summary: "List users.",
    params: none,
    query: pageQuery,
    body: none,
    response: page(user),
  }),
  /** Names only, so that anyone who works on alerts can assign them. */
  listPeople: route({
    method: "GET",
    path: "/api/people",
    permission: "alerts.read",
    summary: "List the people and teams that work can be assigned to.",
    params: none,
    query: none,
    body: none,
    response: z.object({ items: z.array(z.object({ id: z.string(), name: z.string(), fullName: z.string(), team })) }),
  }),
  createUser: route({
    method: "POST",
    path: "/api/users",
    permission: "users.write",
    mutates: true,
    summary: "Create a user.",
    params: none,
    query: none,
    body: z.strictObject({ name: userName, fullName: z.string().max(200).default(""), role, team, password }),
    response: user,
  }),
  updateUser: route({
    method: "PATCH",
    path: "/api/users/:id",
    permission: "users.write",
    mutates: true,
    summary: "Change a user's role, team, name, password or disable them; ends their sessions.",
    params: idParams,
    query: none,
    body: z.strictObject({
      fullName: z.string().max(200).optional(),
      role: role.optional(),
      team: team.optional(),
      disabled: z.boolean().optional(),
      password: password.optional(),
    }),
    response: user,
  }),
  listTokens: route({
    method: "GET",
    path: "/api/tokens",
    permission: "tokens.write",
    summary: "List API tokens (one's own; all for admins).",
    params: none,
    query: pageQuery,
    body: none,
    response: page(token),
  }),
  createToken: route({
    method: "POST",
    path: "/api/tokens",
    permission: "tokens.write",
    mutates: true,
    summary: "Create an API token with a role not above one's own; the secret is shown once.",
    params: none,
    query: none,
    body: z.strictObject({
      name: z.string().min(1).max(100),
      role,
      expiresInDays: z.number().int().min(1).max(3650).nullable().default(90),
    }),
    response: z.object({ token, secret: z.string() }),
  }),
  revokeToken: route({
    method: "DELETE",
    path: "/api/tokens/:id",
    permission: "tokens.write",
    mutates: true,
    summary: "Revoke an API token at once.",
    params: idParams,
    query: none,
    body: none,
    response: none,
  }),
  listAudit: route({
    method: "GET",
    path: "/api/audit",
    permission: "audit.read",
    summary: "Read the audit log, newest first.",
    params: none,
    query: pageQuery.extend({ actor: z.string().max(100).optional(), action: z.string().max(100).optional() }),
    body: none,
    response: page(auditEntry),
  }),
  verifyAudit: route({
    method: "GET",
    path: "/api/audit/verify",
    permission: "audit.read",
    summary: "Walk the audit log's hash chain and report the first entry that does not fit.",
    params: none,
    query: none,
    body: none,
    response: z.object({
      ok: z.boolean(),
      entries: z.number().int(),
      firstBad: z.number().int().nullable(),
      head: z.string(),
    }),
  }),
} as const;
