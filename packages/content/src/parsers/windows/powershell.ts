/** powershell: the classic "Windows PowerShell" log and PowerShell's operational channel. The classic log and 4103 keep
 *  their facts as "Name=value" lines inside one text; those lines are read, never run or interpreted. */
import { classify, SEVERITY } from "@holdfast/ocsf";
import { type EventColumns, type Fields, firstText, integerOf, textOf } from "@holdfast/sdk";
import { firstLine, setAccount } from "./columns.ts";

export function fillPowershell(columns: EventColumns, fields: Fields, id: number): void {
  const kind = KINDS.get(id);
  columns.class_uid = (kind?.is ?? OTHER).class_uid;
  columns.activity_id = (kind?.is ?? OTHER).activity_id;
  const script = textOf(fields, "ScriptBlockText");
  const context = firstText(fields, ["ContextInfo", "Data", "Message"]);
  columns.process_path = lineValue(context, ["HostApplication", "Host Application"]);
  columns.process_cmd = columns.process_path;
  if (columns.process_path !== "") columns.process_path = programOf(columns.process_path);
  columns.process_pid = integerOf(fields["ExecutionProcessID"] ?? fields["Execution_ProcessID"]);
  columns.session = lineValue(context, ["HostId", "Host ID"]);
  columns.object = lineValue(context, ["CommandName", "Command Name"]);
  const account = lineValue(context, ["UserId", "User"]);
  if (account !== "") setAccount(columns, account);
  else if (textOf(fields, "AccountName") !== "") {
    columns.user = textOf(fields, "AccountName");
    columns.user_domain = textOf(fields, "Domain");
  }
  columns.file_path = textOf(fields, "Path") || lineValue(context, ["ScriptName", "Script Name"]);
  if (script !== "") {
    columns.process_cmd = script;
    columns.session = textOf(fields, "ScriptBlockId");
  }
  if (id === 4104 && columns.severity_id === SEVERITY.medium) columns.severity_id = SEVERITY.low;
  const detail = script || pipelineOf(id, fields, context) || columns.process_cmd;
  const line = firstLine(detail.trimStart().slice(0, 900));
  if (kind !== undefined) columns.message = line === "" ? kind.title : `${kind.title}: ${line}`;
}

const SCRIPT = classify("script_activity", "execute");
const START = classify("application_lifecycle", "start");
const STOP = classify("application_lifecycle", "stop");
const OTHER = classify("base_event", "other");

const KINDS: ReadonlyMap<number, { readonly title: string; readonly is: typeof SCRIPT }> = new Map([
  [400, { title: "PowerShell engine started", is: START }],
  [403, { title: "PowerShell engine stopped", is: STOP }],
  [600, { title: "PowerShell provider started", is: START }],
  [800, { title: "PowerShell pipeline", is: SCRIPT }],
  [4100, { title: "PowerShell error", is: SCRIPT }],
  [4103, { title: "PowerShell command", is: SCRIPT }],
  [4104, { title: "PowerShell script block", is: SCRIPT }],
  [4105, { title: "PowerShell script block started", is: SCRIPT }],
  [4106, { title: "PowerShell script block ended", is: SCRIPT }],
  [40961, { title: "PowerShell console is starting", is: START }],
  [40962, { title: "PowerShell console is ready", is: START }],
  [53504, { title: "PowerShell remoting endpoint opened", is: START }],
]);

function pipelineOf(id: number, fields: Fields, context: string): string {
  if (id === 4103) return textOf(fields, "Payload");
  if (id !== 800) return "";
  const text = textOf(fields, "Message") || context;
  const marker = "command line:";
  const at = text.indexOf(marker);
  return at < 0 ? text : text.slice(at + marker.length);
}

/** The value of "Name=value" or "Name = value" at the start of a line. */
function lineValue(text: string, names: readonly string[]): string {
  for (const name of names) {
    for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + name.length)) {
      if (!isLineStart(text, at)) continue;
      let start = at + name.length;
      while (text.charCodeAt(start) === 32) start++;
      if (text.charCodeAt(start) !== 61) continue;
      let end = start + 1;
      while (end < text.length && text.charCodeAt(end) !== 13 && text.charCodeAt(end) !== 10) end++;
      return text.slice(start + 1, end).trim();
    }
  }
  return "";
}

function isLineStart(text: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && before > at - 40 && (text.charCodeAt(before) === 32 || text.charCodeAt(before) === 9)) before--;
  const code = text.charCodeAt(before);
  return before < 0 || code === 10 || code === 13;
}

/** The program of a command line: what stands in quotes, or up to the first blank behind ".exe". */
function programOf(command: string): string {
  if (command.charCodeAt(0) === 34) {
    const end = command.indexOf('"', 1);
    return end < 0 ? command.slice(1) : command.slice(1, end);
  }
  const exe = command.toLowerCase().indexOf(".exe");
  if (exe >= 0) return command.slice(0, exe + 4);
  const space = command.indexOf(" ");
  return space < 0 ? command : command.slice(0, space);
}
