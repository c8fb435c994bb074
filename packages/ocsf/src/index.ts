/** ocsf: the classes, severities and attribute paths of the Open Cybersecurity Schema that our columns map to. Pure. */
export type { ActivityName, ClassInfo, Classification, ClassName } from "./classes.ts";
export { activityNameOf, allClasses, CATEGORIES, CLASSES, classify, classNameOf, classOf } from "./classes.ts";
export type { ColumnName } from "./columns.ts";
export { COLUMN_PATHS, pathsOf } from "./columns.ts";
export type { SeverityName } from "./severity.ts";
export {
  SEVERITY,
  STATUS,
  severityName,
  severityOfSyslog,
  severityOfWindowsLevel,
  severityOfWord,
} from "./severity.ts";
export type { OcsfColumns, OcsfExtra, OcsfObject, OcsfValue } from "./to-ocsf.ts";
export { SCHEMA_VERSION, toOcsf } from "./to-ocsf.ts";
