/** history-fields-store: the fields that rules read, made in SQL out of a stored record the way its parser made them when it
 *  came in. What only the parser can make (values inside a rendered message, JSON that the engine cannot read) is marked, so that
 *  such rows go to the matcher instead of being decided wrongly. */
import type { SqlTarget } from "@holdfast/sigma";

/** The JSON of a record, without a syslog header or a byte order mark in front of it. */
const RECORD = "history_record";
const UNREAD = "('#unread', '1')";

/** The events table as a target of rules: which rows feed what, and how fields are found in them. */
export const HISTORY: SqlTarget = {
  columns: [{ history_record: "substring(raw, position(raw, '{'))" }, { history_fields: fieldsOf() }],
  fields: "history_fields",
  unread: "mapContains(history_fields, '#unread')",
  text: "raw",
  windows: {
    when: "parser IN ('windows-flat', 'windows-evtx', 'windows-winlogbeat') AND channel != ''",
    channel: "channel",
    eventId: "event_code",
    strays:
      "(parser IN ('windows-flat', 'windows-evtx', 'windows-winlogbeat') AND channel = '' OR " +
      "parser IN ('generic-json', 'none', 'aws-cloudtrail', 'kubernetes-audit') AND (position(raw, 'EventID') > 0 OR " +
      "positionCaseInsensitive(raw, 'win') > 0 OR position(raw, 'class_uid') > 0))",
  },
  stated: [
    {
      when: "parser = 'aws-cloudtrail'",
      logsource: { product: "aws", service: "cloudtrail" },
      gives: "fields" as const,
    },
    {
      when: "parser = 'kubernetes-audit'",
      logsource: { product: "kubernetes", service: "audit", category: "application" },
      gives: "fields" as const,
    },
    { when: "parser = 'web-access'", logsource: { category: "webserver" }, gives: "text" as const },
    {
      when: "parser = 'auditd'",
      logsource: { product: "linux", service: "auditd", category: "process_creation" },
      gives: "text" as const,
    },
    ...[
      ["cron", "cron"],
      ["shadow", "auth"],
      ["su", "auth"],
      ["sshd", "sshd"],
      ["sudo", "sudo"],
      ["syslog", "syslog"],
      ["systemd", "syslog"],
    ].map(([parser = "", service = ""]) => ({
      when: `parser = '${parser}'`,
      logsource: { product: "linux", service },
      gives: "text" as const,
    })),
  ],
  inferred: "(parser = 'generic-json' OR parser = 'none' AND match(raw, '^[\\\\s\\\\x{feff}]*[{]'))",
};

/** Name and value pairs are collected from the weakest to the strongest and turned around: the first of a name counts. */
function fieldsOf(): string {
  const shapes: readonly (readonly [when: string, pairs: string])[] = [
    ["parser = 'windows-flat'", flatWindows()],
    ["parser = 'windows-evtx'", evtx()],
    ["parser = 'windows-winlogbeat'", winlogbeat()],
    ["parser = 'kubernetes-audit'", kubernetes()],
    ["parser = 'aws-cloudtrail'", pairs()],
  ];
  const branches = shapes.flatMap(([when, made]) => [when, `arrayReverse(${made})`]);
  return `CAST(multiIf(JSONType(${RECORD}) != 'Object', [${UNREAD}], ${branches.join(", ")}, [${UNREAD}]), 'Map(String, String)')`;
}

function pairs(...path: readonly string[]): string {
  return `JSONExtractKeysAndValuesRaw(${[RECORD, ...path.map(quoted)].join(", ")})`;
}

function member(...path: readonly string[]): string {
  return `JSONExtractRaw(${[RECORD, ...path.map(quoted)].join(", ")})`;
}

function quoted(name: string): string {
  return `'${name}'`;
}

function flatWindows(): string {
  return windows(
    [pairs()],
    [
      ["Channel", textToken(member("Channel"))],
      ["Provider_Name", firstText(["SourceName", "ProviderName", "Provider_Name", "Provider"].map((name) => [name]))],
      ["Computer", firstText(["Hostname", "Computer", "ComputerName", "MachineName"].map((name) => [name]))],
    ],
  );
}

function evtx(): string {
  const system = ["Event", "System"];
  const soft = `arrayFilter(p -> p.1 IN ('Version', 'Level', 'Task', 'Opcode', 'Keywords', 'EventRecordID'), ${pairs(...system)})`;
  const user = `arrayFlatten(arrayMap(p -> if(startsWith(p.2, '{'), ${data("JSONExtractKeysAndValuesRaw(p.2)")}, [p]), ${pairs("Event", "UserData")}))`;
  return windows(
    [soft, cleared(`arrayConcat(${data(pairs("Event", "EventData"))}, ${user})`)],
    [
      ["Security_UserID", attribute("Security", "UserID")],
      ["Execution_ProcessID", attribute("Execution", "ProcessID")],
      ["Channel", firstText([[...system, "Channel"]])],
      ["Provider_Name", attribute("Provider", "Name")],
      ["Computer", firstText([[...system, "Computer"]])],
    ],
    ["Security_UserID", "Execution_ProcessID"],
  );
}

function winlogbeat(): string {
  const level = `coalesce(${["log", "winlog"].map((part) => filled(member(part, "level"))).join(", ")}, '"information"')`;
  const message = `arrayFilter(p -> startsWith(p.2, '"'), [('Message', ${member("message")})])`;
  const account = `arrayFilter(p -> p.2 != '', [('AccountName', ${member("winlog", "user", "name")}), ('Domain', ${member("winlog", "user", "domain")})])`;
  const named = [pairs("winlog", "event_data"), pairs("winlog", "user_data")].map(data).join(", ");
  const keywords = member("winlog", "keywords");
  const audit = `multiIf(has(JSONExtract(${keywords}, 'Array(String)'), 'Audit Failure'), '"0x8010000000000000"', has(JSONExtract(${keywords}, 'Array(String)'), 'Audit Success'), '"0x8020000000000000"', '')`;
  return windows(
    [account, message, cleared(`arrayConcat(${named})`)],
    [
      ["Level", level],
      ["Keywords", audit],
      ["Security_UserID", `ifNull(${filled(member("winlog", "user", "identifier"))}, '')`],
      ["Channel", firstText([["winlog", "channel"]])],
      [
        "Provider_Name",
        firstText([
          ["winlog", "provider_name"],
          ["winlog", "source_name"],
        ]),
      ],
      [
        "Computer",
        firstText([
          ["winlog", "computer_name"],
          ["host", "name"],
        ]),
      ],
    ],
    ["Keywords", "Security_UserID"],
  );
}

/** What all Windows events have in common. `optional` names are left out where they are empty. */
function windows(
  weak: readonly string[],
  strong: readonly (readonly [name: string, token: string])[],
  optional: readonly string[] = [],
): string {
  const kept = optional.map(quoted).join(", ");
  const facts = `[${strong.map(([name, token]) => `(${quoted(name)}, ${token})`).join(", ")}]`;
  const present =
    optional.length === 0 ? facts : `arrayFilter(p -> p.1 NOT IN (${kept}) OR p.2 NOT IN ('', '""'), ${facts})`;
  const all = `arrayConcat(${[...weak, present].join(", ")}, [('EventID', CAST(event_code, 'String'))])`;
  // Bound once: every mention of the name below would otherwise repeat the whole expression.
  return `arrayMap(w -> arrayConcat(${spaceless("w")}, w, ${rendered("w")}), [${all}])[1]`;
}

/** Outside of Sysmon and Security, names lose their blanks; Defender's are offered with underscores as well. */
function spaceless(all: string): string {
  const spaced = `arrayFilter(p -> position(p.1, ' ') > 0 AND NOT match(channel, '(?i)Sysmon|Security$'), ${all})`;
  const defender = "lower(channel) = 'microsoft-windows-windows defender/operational'";
  return (
    `arrayConcat(arrayMap(p -> (replaceAll(p.1, ' ', '_'), p.2), arrayFilter(p -> ${defender}, ${spaced})), ` +
    `arrayMap(p -> (replaceAll(p.1, ' ', ''), p.2), ${spaced}))`
  );
}

/** Two channels have facts that their parser reads out of the rendered message. */
function rendered(all: string): string {
  const message = `JSONExtractString(arrayFirst(p -> p.1 = 'Message', ${all}).2)`;
  const lines =
    "lower(channel) LIKE 'microsoft-windows-terminalservices-%connectionmanager/operational' OR lower(channel) LIKE 'microsoft-windows-terminalservices-%sessionmanager/operational'";
  const assignments = "lower(channel) = 'microsoft-windows-wmi-activity/operational'";
  const marked = `(${assignments}) AND position(${message}, ' = ') > 0 OR (${lines}) AND position(${message}, ': ') > 0`;
  return `if(${marked}, [${UNREAD}], [])`;
}

/** The members of EventData: elements with attributes become their text, unnamed values one text. */
function data(members: string): string {
  const plain = "if(startsWith(p.2, '{') AND JSONHas(p.2, '#text'), JSONExtractRaw(p.2, '#text'), p.2)";
  const text = "multiIf(startsWith(t, '\"'), JSONExtractString(t), t = 'null', '', t)";
  const joined = `toJSONString(arrayStringConcat(arrayFilter(t -> t != '', arrayMap(t -> ${text}, JSONExtractArrayRaw(p.2))), '\\n'))`;
  const nested =
    "startsWith(p.2, '{') OR arrayExists(t -> startsWith(t, '{') OR startsWith(t, '['), JSONExtractArrayRaw(p.2))";
  const unnamed = `arrayMap(p -> if(${nested}, ${UNREAD}, ('Data', if(startsWith(p.2, '['), ${joined}, p.2))), arrayFilter(p -> p.1 = 'Data', ${members}))`;
  return (
    `arrayConcat(arrayMap(p -> (p.1, ${plain}), arrayFilter(p -> p.1 NOT IN ('#attributes', 'xmlns', 'Data'), ${members})), ` +
    `arrayFilter(p -> p.2 NOT IN ('""', 'null'), ${unnamed}))`
  );
}

/** An event about another log has a Channel in its own data, kept under a name of its own. */
function cleared(named: string): string {
  return `arrayMap(w -> arrayConcat(w, arrayMap(p -> ('ClearedChannel', p.2), arrayFilter(p -> p.1 = 'Channel' AND startsWith(p.2, '"'), w))), [${named}])[1]`;
}

/** Attribute of a System element in the ways that converters write it. */
function attribute(element: string, name: string): string {
  const at = (...rest: readonly string[]): string => filled(member("Event", "System", element, ...rest));
  const token = `coalesce(${at("#attributes", name)}, ${at(`@${name}`)}, ${at(name)}, '""')`;
  return `arrayMap(t -> if(match(t, '^["0-9-]'), t, '""'), [${token}])[1]`;
}

/** The first of the members that has text; "-" is Windows' word for none. */
function firstText(paths: readonly (readonly string[])[]): string {
  const tokens = paths.map(
    (path) =>
      `if(${member(...path)} IN ('"-"', '""', 'null') OR match(${member(...path)}, '^[[{]'), '', ${member(...path)})`,
  );
  return `coalesce(${tokens.map(filled).join(", ")}, '""')`;
}

/** A scalar's text as a JSON string. */
function textToken(token: string): string {
  return `if(startsWith(${token}, '"'), ${token}, toJSONString(${token}))`;
}

function filled(token: string): string {
  return `nullIf(nullIf(${token}, ''), 'null')`;
}

function kubernetes(): string {
  const group = `arrayFilter(p -> p.2 NOT IN ('""', '"-"') AND startsWith(p.2, '"'), [('apiGroup', ${member("objectRef", "apiGroup")})])`;
  const pod = `if(JSONHas(${RECORD}, 'requestObject', 'spec'), [${UNREAD}], [])`;
  return `arrayConcat(${pairs()}, ${group}, ${pod})`;
}
