/** security-object: files, keys, shares and handles (Security channel with object access auditing). */
import { classify } from "@holdfast/ocsf";
import type { EventColumns, Fields } from "@holdfast/sdk";
import { nameOf } from "./columns.ts";
import { type Entry, tableOf } from "./table.ts";

const BY = { process_path: "ProcessName" } as const;
const PID = { process_pid: "ProcessId" } as const;

export const OBJECT_EVENTS = tableOf({
  4656: object("Handle to an object asked for"),
  4661: object("Handle to an object asked for"),
  4663: object("Object accessed"),
  4660: object("Object deleted"),
  4670: object("Permissions of an object changed"),
  4658: object("Handle closed"),
  4690: object("Handle duplicated"),
  4659: object("Handle asked for, to delete"),
  4657: {
    title: "Registry value changed",
    is: classify("registry_value_activity", "modify"),
    text: { ...BY, reg_path: "ObjectName", reg_value: "NewValue" },
    numbers: PID,
    then: (columns, fields) => {
      const name = nameOf(fields, "ObjectValueName");
      if (name !== "") columns.reg_path += `\\${name}`;
    },
    about: ["reg_path", "reg_value"],
  },
  4985: object("Transaction state changed"),
  5140: share("Share accessed", "file_open"),
  5142: share("Share created", "file_create"),
  5143: share("Share changed", "other"),
  5144: share("Share deleted", "other"),
  5145: {
    ...share("File on share checked", "file_open"),
    text: { object: "ShareName", file_path: "RelativeTargetName", src_ip: "IpAddress" },
    about: ["object", "file_path", "src_ip"],
  },
  5058: key("Key file operation"),
  5059: key("Key migration"),
  5061: key("Cryptographic operation"),
  5379: key("Stored credentials read"),
  5381: key("Vault credentials read"),
  5382: key("Vault credentials read"),
  6416: {
    title: "Device recognised",
    is: classify("device_config_state_change", "log"),
    text: { object: "DeviceDescription" },
    about: ["object"],
  },
});

function object(title: string): Entry {
  return { title, is: classify("file_activity", "other"), text: BY, numbers: PID, then: fillObject };
}

const FILE = { ask: classify("file_activity", "open"), delete: classify("file_activity", "delete") } as const;
const REGISTRY = classify("registry_key_activity", "read");
const HANDLE = classify("windows_resource_activity", "access");
const PERMISSIONS = classify("file_activity", "set_security");

/** The kind of object decides class and column: "File", "Key", or a kernel or directory object. */
function fillObject(columns: EventColumns, fields: Fields): void {
  const type = nameOf(fields, "ObjectType");
  const name = nameOf(fields, "ObjectName");
  let is = HANDLE;
  if (type === "File") {
    columns.file_path = name;
    is = columns.event_code === "4660" ? FILE.delete : columns.event_code === "4670" ? PERMISSIONS : FILE.ask;
  } else if (type === "Key") {
    columns.reg_path = name;
    is = REGISTRY;
  } else columns.object = name || type;
  columns.class_uid = is.class_uid;
  columns.activity_id = is.activity_id;
  columns.message = `${TITLES.get(columns.event_code) ?? "Object accessed"}: ${name || type || "(no name)"} by ${columns.process_path || columns.user}`;
}

const TITLES: ReadonlyMap<string, string> = new Map([
  ["4656", "Handle asked for"],
  ["4658", "Handle closed"],
  ["4659", "Handle asked for, to delete"],
  ["4660", "Object deleted"],
  ["4661", "Handle asked for"],
  ["4670", "Permissions changed"],
  ["4690", "Handle duplicated"],
]);

function share(title: string, activity: "file_open" | "file_create" | "other"): Entry {
  return {
    title,
    is: classify("smb_activity", activity),
    text: { object: "ShareName", file_path: "ShareLocalPath", src_ip: "IpAddress" },
    numbers: { src_port: "IpPort" },
    about: ["object", "src_ip"],
  };
}

function key(title: string): Entry {
  return {
    title,
    is: classify("windows_resource_activity", "access"),
    text: { object: "KeyName" },
    numbers: { process_pid: "ClientProcessId" },
    then: (columns, fields) => {
      if (columns.object === "") columns.object = nameOf(fields, "TargetName") || nameOf(fields, "Resource");
    },
    about: ["object"],
  };
}
