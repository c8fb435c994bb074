/** system: the System and Application channels. An event id means something only together with its provider. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type EventColumns, type Fields, firstText, textOf } from "@holdfast/sdk";
import { nameOf, setAccount } from "./columns.ts";
import { type Entry, tableOf } from "./table.ts";

export function fillSystem(columns: EventColumns, fields: Fields, id: number): void {
  const provider = nameOf(fields, "Provider_Name");
  fillActor(columns, fields);
  const table = PROVIDERS.get(provider) ?? (id === 104 ? EVENT_LOG : undefined);
  const step = table?.get(id);
  columns.object = provider;
  if (step !== undefined) step(columns, fields);
}

export function fillApplication(columns: EventColumns, fields: Fields, id: number): void {
  const provider = nameOf(fields, "Provider_Name");
  fillActor(columns, fields);
  columns.object = provider;
  const step = APPLICATION.get(id);
  if (step !== undefined && (provider === "Application Error" || provider === "MsiInstaller")) step(columns, fields);
}

const APPLICATION = tableOf({
  1000: {
    title: "Application crashed",
    is: classify("application_error", "general_error"),
    text: { object: "AppName", process_path: "AppPath" },
    severity: SEVERITY.medium,
    about: ["object"],
  },
  1033: { title: "Product installed", is: classify("application_lifecycle", "install") },
  1034: { title: "Product removed", is: classify("application_lifecycle", "remove") },
  11707: { title: "Product installed", is: classify("application_lifecycle", "install") },
  11724: { title: "Product removed", is: classify("application_lifecycle", "remove") },
});

const SERVICES = tableOf({
  7045: {
    title: "Service installed",
    is: classify("windows_service_activity", "create"),
    text: { object: "ServiceName", file_path: "ImagePath", target_user: "AccountName" },
    severity: SEVERITY.low,
    status: STATUS.success,
    about: ["object", "file_path"],
    then: dropServiceAccount,
  },
  7036: {
    title: "Service changed state",
    is: classify("windows_service_activity", "other"),
    text: { object: "param1" },
    about: ["object"],
    then: setState,
  },
  7040: {
    title: "Start type of service changed",
    is: classify("windows_service_activity", "reconfigure"),
    text: { object: "param4" },
    severity: SEVERITY.low,
    about: ["object"],
    then: (columns, fields) => {
      columns.message = `Start type of service changed: ${textOf(fields, "param1")} from ${textOf(fields, "param2")} to ${textOf(fields, "param3")}`;
    },
  },
  7000: service("Service failed to start", "start"),
  7001: service("Service depends on one that failed", "start"),
  7009: service("Service did not start in time", "start"),
  7011: service("Service did not answer in time", "other"),
  7022: service("Service hung at start", "start"),
  7023: service("Service ended with an error", "stop"),
  7024: service("Service ended with its own error", "stop"),
  7026: service("Boot drivers did not load", "start"),
  7031: service("Service ended unexpectedly", "stop"),
  7034: service("Service ended unexpectedly", "stop"),
});

const EVENT_LOG = tableOf({
  104: {
    title: "Event log cleared",
    is: classify("event_log_activity", "clear"),
    text: { object: "ClearedChannel", user: "SubjectUserName", user_domain: "SubjectDomainName" },
    severity: SEVERITY.high,
    about: ["object"],
    then: setClearedLog,
  },
  6005: { title: "Event log service started", is: classify("event_log_activity", "start") },
  6006: { title: "Event log service stopped", is: classify("event_log_activity", "stop") },
  6008: {
    title: "Previous shutdown was unexpected",
    is: classify("application_lifecycle", "stop"),
    severity: SEVERITY.low,
  },
});

const POWER = tableOf({
  12: { title: "Operating system started", is: classify("application_lifecycle", "start") },
  13: { title: "Operating system is shutting down", is: classify("application_lifecycle", "stop") },
  1074: {
    title: "Restart or shutdown asked for",
    is: classify("application_lifecycle", "stop"),
    text: { process_path: "param1", user: "param7" },
    about: ["process_path"],
  },
});

const PROVIDERS: ReadonlyMap<string, ReturnType<typeof tableOf>> = new Map([
  ["Service Control Manager", SERVICES],
  ["Microsoft-Windows-Eventlog", EVENT_LOG],
  ["EventLog", EVENT_LOG],
  ["Microsoft-Windows-Kernel-General", POWER],
  ["User32", POWER],
]);

function service(title: string, activity: "start" | "stop" | "other"): Entry {
  return {
    title,
    is: classify("windows_service_activity", activity),
    text: { object: "param1" },
    severity: SEVERITY.medium,
    status: STATUS.failure,
    about: ["object"],
  };
}

const STARTED = classify("windows_service_activity", "start").activity_id;
const STOPPED = classify("windows_service_activity", "stop").activity_id;

/** AccountName is what the service runs as here, not who installed it. */
function dropServiceAccount(columns: EventColumns): void {
  if (columns.user === columns.target_user) columns.user = "";
}

/** param2 is in the machine's language; English is known, others stay "other". */
function setState(columns: EventColumns, fields: Fields): void {
  const state = textOf(fields, "param2");
  if (state === "running") columns.activity_id = STARTED;
  else if (state === "stopped") columns.activity_id = STOPPED;
  columns.message = `Service changed state: ${columns.object} is ${state}`;
}

/** Forwarders that flatten the event lose the cleared log's name to the event's own channel; the message has it. */
function setClearedLog(columns: EventColumns, fields: Fields): void {
  if (textOf(fields, "ClearedChannel") !== "") return;
  columns.object = /^The (.{1,200}) log file was cleared/.exec(textOf(fields, "Message"))?.[1] ?? "";
}

function fillActor(columns: EventColumns, fields: Fields): void {
  setAccount(columns, firstText(fields, ["SubjectUserName", "User", "AccountName"]));
  columns.user_domain ||= firstText(fields, ["SubjectDomainName", "Domain"]);
}
