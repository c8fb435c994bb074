/** second-factor: a time-based code (RFC 6238) beside the password, asked for where something cannot be taken back. */
import { z } from "zod";
import { idParams, none, timestamp } from "./model.ts";
import { route } from "./route.ts";

const code = z.string().trim().min(6).max(40);

export const secondFactor = z.object({
  /** "pending": a key was made, but no code of it was seen yet. */
  state: z.enum(["none", "pending", "on"]),
  since: timestamp.nullable(),
  recoveryLeft: z.number().int(),
});
export type SecondFactor = z.infer<typeof secondFactor>;

export const secondFactorRoutes = {
  getSecondFactor: route({
    method: "GET",
    path: "/api/session/second-factor",
    permission: "self",
    summary: "Whether you have a second factor.",
    params: none,
    query: none,
    body: none,
    response: secondFactor,
  }),
  enrolSecondFactor: route({
    method: "POST",
    path: "/api/session/second-factor",
    permission: "self",
    mutates: true,
    summary: "Make a key for your authenticator; it counts once a code of it was confirmed.",
    params: none,
    query: none,
    body: z.strictObject({ password: z.string().min(1).max(200) }),
    response: z.object({
      /** For typing in. */
      secret: z.string(),
      /** For the authenticator: otpauth://totp/… */
      uri: z.string(),
    }),
  }),
  confirmSecondFactor: route({
    method: "POST",
    path: "/api/session/second-factor/confirm",
    permission: "self",
    mutates: true,
    summary: "Confirm the key with a code; the recovery codes are shown this once.",
    params: none,
    query: none,
    body: z.strictObject({ code }),
    response: z.object({ recoveryCodes: z.array(z.string()) }),
  }),
  removeSecondFactor: route({
    method: "POST",
    path: "/api/session/second-factor/remove",
    permission: "self",
    mutates: true,
    summary: "Remove your second factor, with a code of it.",
    params: none,
    query: none,
    body: z.strictObject({ code }),
    response: none,
  }),
  resetSecondFactor: route({
    method: "POST",
    path: "/api/users/:id/second-factor/reset",
    permission: "users.write",
    mutates: true,
    summary: "Remove the second factor of a user who has lost it.",
    params: idParams,
    query: none,
    body: none,
    response: none,
  }),
} as const;
