/** index: the surface of the audit log. */
export { type AuditEntry, type AuditLog, createAuditLog, type NewEntry, type Verdict } from "./audit-log.ts";
