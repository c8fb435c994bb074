/** language: the words that Sigma offers the author of a rule, each with a line of help. Data for completion. */

export const STATUSES: readonly string[] = ["stable", "test", "experimental", "deprecated", "unsupported"];

export const MODIFIERS: readonly { readonly name: string; readonly help: string; readonly example: string }[] = [
  { name: "contains", help: "The value stands anywhere in the field.", example: "CommandLine|contains: ' -enc '" },
  { name: "startswith", help: "The field begins with the value.", example: "Image|startswith: 'C:\\Users\\'" },
  { name: "endswith", help: "The field ends with the value.", example: "Image|endswith: '\\powershell.exe'" },
  { name: "all", help: "Every value of the list is needed, not just one.", example: "CommandLine|contains|all:" },
  { name: "cased", help: "Upper and lower case differ.", example: "CommandLine|contains|cased: IEX" },
  {
    name: "re",
    help: "A regular expression, found anywhere unless anchored.",
    example: "CommandLine|re: '\\s-e[nc]*\\s'",
  },
  { name: "i", help: "After re: case does not matter.", example: "CommandLine|re|i: 'invoke-\\w+'" },
  { name: "m", help: "After re: ^ and $ also stand at line ends.", example: "ScriptBlockText|re|m: '^iex'" },
  { name: "s", help: "After re: the dot also matches line ends.", example: "ScriptBlockText|re|s: 'a.*b'" },
  {
    name: "exists",
    help: "true: the event has the field; false: it has not.",
    example: "OriginalFileName|exists: false",
  },
  { name: "cidr", help: "The address lies in the network.", example: "DestinationIp|cidr: 10.0.0.0/8" },
  { name: "gt", help: "The number is greater.", example: "size|gt: 1000000" },
  { name: "gte", help: "The number is greater or equal.", example: "size|gte: 1000000" },
  { name: "lt", help: "The number is smaller.", example: "port|lt: 1024" },
  { name: "lte", help: "The number is smaller or equal.", example: "port|lte: 1023" },
  { name: "neq", help: "The field has another value.", example: "User|neq: SYSTEM" },
  {
    name: "fieldref",
    help: "The value is the name of another field, which must be equal.",
    example: "User|fieldref: TargetUser",
  },
  {
    name: "windash",
    help: "The dash may be any of the dashes and slashes that Windows takes.",
    example: "CommandLine|windash|contains: ' -f '",
  },
  { name: "base64", help: "The value as Base64.", example: "CommandLine|base64|contains: 'http'" },
  {
    name: "base64offset",
    help: "The value inside of Base64, at any of the three offsets.",
    example: "CommandLine|base64offset|contains: 'http'",
  },
  {
    name: "wide",
    help: "Before base64: the value as UTF-16 little-endian, as PowerShell encodes.",
    example: "CommandLine|wide|base64offset|contains: 'http'",
  },
  { name: "utf16le", help: "The same as wide.", example: "CommandLine|utf16le|base64offset|contains: 'IEX'" },
  {
    name: "utf16be",
    help: "Before base64: the value as UTF-16 big-endian.",
    example: "CommandLine|utf16be|base64offset|contains: 'IEX'",
  },
  {
    name: "utf16",
    help: "Before base64: the value as UTF-16 with a byte order mark.",
    example: "CommandLine|utf16|base64offset|contains: 'IEX'",
  },
  { name: "expand", help: "Placeholders such as %admins% are filled from lists.", example: "User|expand: '%admins%'" },
  { name: "minute", help: "The minute of a time, 0 to 59.", example: "UtcTime|minute|gte: 30" },
  { name: "hour", help: "The hour of a time, 0 to 23.", example: "UtcTime|hour|lt: 6" },
  { name: "day", help: "The day of the month of a time.", example: "UtcTime|day: 1" },
  { name: "week", help: "The ISO week of a time.", example: "UtcTime|week: 52" },
  { name: "month", help: "The month of a time, 1 to 12.", example: "UtcTime|month: 12" },
  { name: "year", help: "The year of a time.", example: "UtcTime|year: 2026" },
];

export const CORRELATION_TYPES: readonly { readonly name: string; readonly help: string }[] = [
  { name: "event_count", help: "How many matches within the timespan." },
  { name: "value_count", help: "How many different values a field had." },
  { name: "value_sum", help: "The sum of a field's values." },
  { name: "value_avg", help: "The average of a field's values." },
  { name: "value_median", help: "The median of a field's values." },
  { name: "value_percentile", help: "A percentile of a field's values." },
  { name: "temporal", help: "All of the rules matched, in any order." },
  { name: "temporal_ordered", help: "All of the rules matched, in the order written." },
];
