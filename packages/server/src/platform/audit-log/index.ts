/** index: the surface of the audit log. */
export { type AuditLog, createAuditLog, type NewEntry } from "./audit-log.ts";
