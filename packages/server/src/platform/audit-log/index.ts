/** index: the surface of the audit log. */
export { canonicalJson, storable } from "./canonical.ts";
export { type AuditLog, createAuditLog, type NewEntry } from "./audit-log.ts";
