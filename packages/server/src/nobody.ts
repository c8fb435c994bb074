/** nobody: the caller of reads that the server makes for itself: no rights of anybody, and nobody who could leave. */
import type { CallContext } from "./platform/http-contract.ts";

export const NOBODY: CallContext = {
  actor: { kind: "system", id: "holdfast", name: "holdfast" },
  role: "viewer",
  team: "operations",
  permissions: new Set(),
  sessionId: null,
  session: null,
  ip: "",
  signal: new AbortController().signal,
  setSessionCookie: () => {},
};
