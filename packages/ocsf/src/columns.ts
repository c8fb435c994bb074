/** columns: where each of our columns stands in an OCSF event. Most have one place; some depend on the class, because OCSF
 *  keeps what acts (`actor`) apart from what is acted upon. The test checks every path against the published schema. */
import { CLASSES } from "./classes.ts";

/** Place of a column in most classes. "unmapped." is OCSF's own place for what it has no attribute for. */
export const COLUMN_PATHS = {
  time_ms: "time",
  time_ns: "unmapped.time_ns",
  class_uid: "class_uid",
  activity_id: "activity_id",
  severity_id: "severity_id",
  status_id: "status_id",
  product: "metadata.product.name",
  channel: "metadata.log_name",
  event_code: "metadata.event_code",
  host: "device.hostname",
  user: "actor.user.name",
  user_domain: "actor.user.domain",
  target_user: "user.name",
  src_ip: "src_endpoint.ip",
  src_port: "src_endpoint.port",
  dst_ip: "dst_endpoint.ip",
  dst_port: "dst_endpoint.port",
  peer_host: "src_endpoint.hostname",
  process_path: "actor.process.file.path",
  process_cmd: "actor.process.cmd_line",
  process_pid: "actor.process.pid",
  process_guid: "actor.process.uid",
  parent_path: "actor.process.parent_process.file.path",
  parent_cmd: "actor.process.parent_process.cmd_line",
  parent_pid: "actor.process.parent_process.pid",
  file_path: "file.path",
  reg_path: "reg_key.path",
  reg_value: "reg_value.data",
  sha256: "file.hashes",
  md5: "file.hashes",
  domain: "query.hostname",
  url: "http_request.url.url_string",
  http_method: "http_request.http_method",
  http_status: "http_response.code",
  object: "unmapped.object",
  session: "actor.session.uid",
  message: "message",
} as const;

export type ColumnName = keyof typeof COLUMN_PATHS;
type Paths = Readonly<Record<ColumnName, string>>;
type Override = Partial<Record<ColumnName, string>>;

/** Activities of the process class in which the process of the columns acts on another one. */
const ON_ANOTHER: readonly number[] = [
  CLASSES.process_activity.activities.open,
  CLASSES.process_activity.activities.inject,
];

const OWN_PROCESS: Override = {
  process_path: "process.file.path",
  process_cmd: "process.cmd_line",
  process_pid: "process.pid",
  process_guid: "process.uid",
  parent_path: "process.parent_process.file.path",
  parent_cmd: "process.parent_process.cmd_line",
  parent_pid: "process.parent_process.pid",
  sha256: "process.file.hashes",
  md5: "process.file.hashes",
};

const ACCOUNT: Override = {
  user: "user.name",
  user_domain: "user.domain",
  target_user: "unmapped.target_user",
  session: "session.uid",
};

export const CLASS_PATHS: ReadonlyMap<number, Override> = new Map<number, Override>([
  [CLASSES.process_activity.uid, OWN_PROCESS],
  [
    CLASSES.module_activity.uid,
    { file_path: "module.file.path", sha256: "module.file.hashes", md5: "module.file.hashes" },
  ],
  [
    CLASSES.kernel_extension_activity.uid,
    { file_path: "driver.file.path", sha256: "driver.file.hashes", md5: "driver.file.hashes" },
  ],
  [CLASSES.scheduled_job_activity.uid, { object: "job.name" }],
  [CLASSES.registry_value_activity.uid, { reg_path: "reg_value.path" }],
  [CLASSES.windows_service_activity.uid, { object: "win_service.name" }],
  [CLASSES.authentication.uid, ACCOUNT],
  [CLASSES.group_management.uid, { object: "group.name" }],
  [CLASSES.network_activity.uid, { peer_host: "dst_endpoint.hostname" }],
  [CLASSES.http_activity.uid, { domain: "http_request.url.hostname" }],
  [CLASSES.application_lifecycle.uid, { object: "app.name" }],
  [CLASSES.api_activity.uid, { object: "api.service.name", event_code: "api.operation" }],
]);

const ACTING: Override = { object: "process.file.path" };

/** The paths of an event of this class and activity. */
export function pathsOf(class_uid: number, activity_id: number): Paths {
  if (class_uid === CLASSES.process_activity.uid && ON_ANOTHER.includes(activity_id)) {
    return { ...COLUMN_PATHS, ...ACTING };
  }
  const override = CLASS_PATHS.get(class_uid);
  return override === undefined ? COLUMN_PATHS : { ...COLUMN_PATHS, ...override };
}
