/** google-workspace: activities of Google Workspace as the Reports API gives them: one record can hold several events; the first says what it
 *  is, and all of them stand in the names that rules read. */
import { type Classification, classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import {
  type DecodedRecord,
  defineParser,
  type EventColumns,
  flatten,
  objectOf,
  parseTime,
  setField,
  textOf,
} from "@holdfast/sdk";

export default defineParser({
  id: "google-workspace",
  title: "Google Workspace activity",
  docs: "https://developers.google.com/workspace/admin/reports/reference/rest/v1/activities/list",
  order: 208,
  form: "json",
  accepts: ({ json }: DecodedRecord) =>
    json !== undefined && Array.isArray(json["events"]) && objectOf(json["id"])?.["applicationName"] !== undefined,
  parse: ({ json }: DecodedRecord) => {
    if (json === undefined) return { ok: false, reason: "not a JSON object" };
    const flat = flatten(json);
    const events = (Array.isArray(json["events"]) ? json["events"] : []).slice(0, MOST_EVENTS).map(objectOf);
    const names = events.flatMap((event) => (event === undefined ? [] : [textOf(event, "name")]));
    const [name = ""] = names;
    const app = textOf(flat, "id.applicationName");
    const fields: Record<string, unknown> = { ...json };
    for (const event of events)
      for (const parameter of Array.isArray(event?.["parameters"])
        ? event["parameters"].slice(0, MOST_PARAMETERS)
        : []) {
        const named = objectOf(parameter);
        const key = named === undefined ? "" : textOf(named, "name").toLowerCase();
        if (named === undefined || key === "" || key.length > LONGEST_NAME || Object.hasOwn(fields, key)) continue;
        setField(fields, key, named["value"] ?? named["multiValue"] ?? named["boolValue"] ?? named["intValue"]);
      }
    fields["eventService"] = `${app}.googleapis.com`;
    fields["eventName"] = names.length > 1 ? names : name;
    fields["protoPayload.serviceName"] = `${app}.googleapis.com`;
    fields["protoPayload.metadata.event.eventName"] = names.length > 1 ? names : name;
    const time = parseTime(flat["id.time"]);
    const is = kindOf(app, name);
    const user = textOf(flat, "actor.email") || textOf(flat, "actor.key");
    const columns: Partial<EventColumns> = {
      time_ms: time?.time_ms ?? 0,
      time_ns: time?.time_ns ?? 0,
      product: "google_workspace",
      channel: app,
      event_code: name,
      user,
      target_user: textOf(fields, "user_email"),
      user_domain: textOf(json, "ownerDomain"),
      src_ip: textOf(json, "ipAddress"),
      object: OBJECTS.map((one) => textOf(fields, one)).find((text) => text !== "") ?? "",
      file_path: textOf(fields, "doc_title"),
      session: textOf(flat, "id.uniqueQualifier"),
      class_uid: is.class_uid,
      activity_id: is.activity_id,
      status_id: /fail|denied|blocked/.test(name) ? STATUS.failure : app === "login" ? STATUS.success : STATUS.unknown,
      severity_id: /suspicious|gov_attack|hijack|leak/.test(name) ? SEVERITY.high : SEVERITY.informational,
      message: `${names.join(", ")} in ${app} by ${user}`,
    };
    return { ok: true, event: { columns, fields, logsource: { product: "gcp", service: `google_workspace.${app}` } } };
  },
  samples: [
    {
      name: "A login that Google finds suspicious",
      in: '{"kind":"admin#reports#activity","id":{"time":"2026-07-04T08:00:00.500Z","uniqueQualifier":"-771","applicationName":"login","customerId":"C01"},"actor":{"email":"ida@example.com","profileId":"1"},"ownerDomain":"example.com","ipAddress":"203.0.113.9","events":[{"type":"login","name":"suspicious_login","parameters":[{"name":"login_type","value":"google_password"},{"name":"is_suspicious","boolValue":true}]}]}',
      out: {
        time_ms: Date.UTC(2026, 6, 4, 8, 0, 0, 500),
        class_uid: 3002,
        activity_id: 1,
        status_id: 1,
        severity_id: 4,
        user: "ida@example.com",
        user_domain: "example.com",
        src_ip: "203.0.113.9",
        event_code: "suspicious_login",
        session: "-771",
      },
      fields: {
        "protoPayload.serviceName": "login.googleapis.com",
        "protoPayload.metadata.event.eventName": "suspicious_login",
      },
    },
    {
      name: "An administrator was made",
      in: '{"id":{"time":"2026-07-04T08:01:00Z","uniqueQualifier":"5","applicationName":"admin"},"actor":{"email":"ida@example.com"},"ipAddress":"203.0.113.9","events":[{"type":"DELEGATED_ADMIN_SETTINGS","name":"GRANT_ADMIN_PRIVILEGE","parameters":[{"name":"USER_EMAIL","value":"bo@example.com"}]}]}',
      out: { class_uid: 3007, activity_id: 14, user: "ida@example.com", target_user: "bo@example.com" },
      fields: { eventService: "admin.googleapis.com", eventName: "GRANT_ADMIN_PRIVILEGE" },
    },
    {
      name: "Two-step verification is not enforced any more",
      in: '{"id":{"time":"2026-07-04T08:02:00Z","uniqueQualifier":"6","applicationName":"admin"},"actor":{"email":"ida@example.com"},"events":[{"type":"SECURITY_SETTINGS","name":"ENFORCE_STRONG_AUTHENTICATION","parameters":[{"name":"NEW_VALUE","value":"false"},{"name":"SETTING_NAME","value":"ContextAwareAccess Error Settings"}]}]}',
      out: { class_uid: 6003, activity_id: 3, object: "ContextAwareAccess Error Settings" },
      fields: { new_value: "false", setting_name: "ContextAwareAccess Error Settings" },
    },
    {
      name: "A file was downloaded, and a login failed",
      in: '{"id":{"time":"2026-07-04T08:03:00Z","applicationName":"drive"},"actor":{"email":"bo@example.com"},"events":[{"type":"access","name":"download","parameters":[{"name":"doc_id","value":"d1"},{"name":"doc_title","value":"Salaries.xlsx"}]},{"type":"access","name":"view"}]}',
      out: { class_uid: 1001, activity_id: 2, file_path: "Salaries.xlsx" },
    },
    {
      name: "A login failed",
      in: '{"id":{"time":"2026-07-04T08:04:00Z","applicationName":"login"},"actor":{"email":"bo@example.com"},"events":[{"type":"login","name":"login_failure"}]}',
      out: { class_uid: 3002, activity_id: 1, status_id: 2, user: "bo@example.com" },
    },
  ],
});

const MOST_EVENTS = 50;
const MOST_PARAMETERS = 100;
const LONGEST_NAME = 100;
const OBJECTS = [
  "setting_name",
  "role_name",
  "application_name",
  "app_name",
  "group_email",
  "doc_id",
  "api_client_name",
];

const LOGON = classify("authentication", "logon");
const LOGOFF = classify("authentication", "logoff");
const API = classify("api_activity", "other");

/** By how the name of an event begins; the first that fits. */
const KINDS: Readonly<Record<string, readonly (readonly [RegExp, Classification])[]>> = {
  login: [
    [/^logout/, LOGOFF],
    [/login|2sv_challenge|gov_attack|risky/, LOGON],
  ],
  admin: [
    [/^(?:GRANT|ASSIGN).*(?:PRIVILEGE|ROLE)|^ADD_PRIVILEGE/, classify("user_management", "assign_privileges")],
    [/^(?:REVOKE|REMOVE|UNASSIGN).*(?:PRIVILEGE|ROLE)/, classify("user_management", "remove_privileges")],
    [/^CREATE_|^ADD_/, classify("api_activity", "create")],
    [/^DELETE_|^REMOVE_/, classify("api_activity", "delete")],
    [/^CHANGE_|^UPDATE_|^ENFORCE_|^ALLOW_|^TOGGLE_|^RENAME_|^AUTHORIZE_/, classify("api_activity", "update")],
  ],
  drive: [
    [/^create|^upload|^copy/, classify("file_activity", "create")],
    [/^download|^view|^print|^preview/, classify("file_activity", "read")],
    [/^delete|^trash/, classify("file_activity", "delete")],
    [/^edit|^rename|^move/, classify("file_activity", "update")],
  ],
};

function kindOf(app: string, name: string): Classification {
  return KINDS[app]?.find(([pattern]) => pattern.test(name))?.[1] ?? API;
}
