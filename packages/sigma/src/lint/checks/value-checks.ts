/** value-checks: wildcards and backslashes mean what they look like, and no value is there in vain. */
import type { Path } from "../../load/detection-reader.ts";
import { parsePattern, plainText } from "../../text/wildcards.ts";
import type { Check, Remark } from "../check.ts";
import { PLACEMENTS } from "../known-modifiers.ts";
import type { LintDocument, LintItem } from "../lint-document.ts";

const rule = (item: string): string => `detection:\n  selection:\n    ${item}\n  condition: selection`;
/** Fields that hold the path of one file. */
const PATH_FIELDS =
  /^(?:Image|ParentImage|SourceImage|TargetImage|GrandParentImage|ImageLoaded|NewProcessName|ParentProcessName)$/;

export const VALUE_CHECKS: readonly Check[] = [
  {
    code: "VALUE_MATCHES_ALL",
    severity: "warning",
    teaches: "A lone `*` fits every value, also an empty one. To ask whether a field is there, `exists: true` says so.",
    bad: rule("User: '*'"),
    good: rule("User|exists: true"),
    look: (document, report) =>
      eachText(document, ({ item, text, path }) => {
        if (/^[*]+$/.test(text) && !isRegex(item) && item.field !== "")
          report({
            at: path,
            message: `"${text}" fits every value: to ask whether ${item.field} is there, write ${item.field}|exists: true.`,
          });
      }),
  },
  {
    code: "VALUE_EMPTY_PLACED",
    severity: "error",
    teaches: "Every text contains, begins and ends with the empty text.",
    bad: rule("CommandLine|contains: ''"),
    good: rule("CommandLine: ''"),
    look: (document, report) =>
      eachText(document, ({ item, text, path }) => {
        if (text === "" && placementOf(item) !== undefined)
          report({
            at: path,
            message: `Every value ${verb(item)} the empty text: the test always holds. For an empty field leave the modifier out.`,
          });
      }),
  },
  {
    code: "WILDCARD_AT_EDGE",
    severity: "info",
    teaches: "contains, startswith and endswith set the wildcard themselves.",
    bad: rule("CommandLine|contains: '*whoami*'"),
    good: rule("CommandLine|contains: whoami"),
    look: (document, report) =>
      eachText(document, ({ item, text, path }) => {
        const placement = placementOf(item);
        if (
          placement === undefined ||
          item.modifiers.length > 2 ||
          item.modifiers.some((name) => /^(?:re|expand|fieldref|base64)/.test(name))
        )
          return;
        let kept = text;
        if (placement !== "startswith") kept = kept.replace(/^\*+/, "");
        if (placement !== "endswith") kept = kept.replace(/(^|[^\\])((?:\\\\)*)\*+$/, "$1$2");
        if (kept !== text && kept !== "")
          report({
            at: path,
            message: `"${placement}" sets the wildcard itself: write "${kept}".`,
            // A backslash at the end would escape the wildcard that follows.
            ...(kept.endsWith("\\") ? {} : { fix: (source) => source.replaceScalar(path, kept) }),
          });
      }),
  },
  {
    code: "WILDCARD_FOR_MODIFIER",
    severity: "info",
    teaches: "`endswith: x` says what `'*x'` means, and cannot be broken by an escape.",
    bad: rule("Image: '*\\whoami.exe'"),
    good: rule("Image|endswith: '\\whoami.exe'"),
    look: (document, report) => {
      for (const item of document.items) {
        if (item.field === "" || item.modifiers.length > 0) continue;
        const shapes = item.values.map(({ value }) =>
          typeof value === "string" ? placementWritten(value) : undefined,
        );
        const [first] = shapes;
        if (first === undefined || shapes.some((shape) => shape?.modifier !== first.modifier)) continue;
        report({
          at: item.path,
          key: true,
          message: `Write ${item.field}|${first.modifier} and leave the wildcard out.`,
        });
      }
    },
  },
  {
    code: "WILDCARD_ESCAPED",
    severity: "warning",
    teaches:
      "A backslash before `*` makes it a plain star. In a path write two backslashes before a wildcard: `\\\\*`.",
    bad: rule("Image: 'C:\\Users\\*\\whoami.exe'"),
    good: rule("Image: 'C:\\Users\\\\*\\whoami.exe'"),
    look: (document, report) =>
      eachText(document, ({ item, text, path }) => {
        if (isRegex(item) || item.field === "") return;
        // Three backslashes before a star were counted by whoever wrote them.
        const found = /(?<!\\)\\([*?])/.exec(text);
        const looksLikePath = /[A-Za-z]:\\|\\[\w. -]+\\|\\\*\\/.test(text);
        if (found !== null && looksLikePath)
          report({
            at: path,
            message: `"\\${found[1] ?? ""}" is a plain ${found[1] === "*" ? "star" : "question mark"} here. If it is meant as a wildcard behind a backslash, write "\\\\${found[1] ?? ""}".`,
          });
      }),
  },
  {
    code: "BACKSLASH_AT_END",
    severity: "warning",
    teaches: "The path of a program does not end in a backslash: a folder is found with startswith or contains.",
    bad: rule("Image|endswith: '\\Temp\\'"),
    good: rule("Image|contains: '\\Temp\\'"),
    look: (document, report) =>
      eachText(document, ({ item, text, path }) => {
        const placement = placementOf(item);
        if (
          PATH_FIELDS.test(item.field) &&
          !isRegex(item) &&
          text.endsWith("\\") &&
          (placement === undefined || placement === "endswith")
        )
          report({
            at: path,
            message: `${item.field} is the path of a file and never ends in a backslash: write ${item.field}|contains, or startswith.`,
          });
      }),
  },
  {
    code: "BACKSLASHES_TWO_AT_START",
    severity: "warning",
    teaches: "Two backslashes stand for one. A network path begins with two, which are written as four.",
    bad: rule("CommandLine|startswith: '\\\\server\\share'"),
    good: rule("CommandLine|startswith: '\\\\\\\\server\\share'"),
    look: (document, report) =>
      eachText(document, ({ item, text, path }) => {
        const equalOrStart = placementOf(item) === undefined || placementOf(item) === "startswith";
        if (!isRegex(item) && equalOrStart && item.field !== "" && /^\\\\[A-Za-z0-9][\w.-]*\\[^\\]/.test(text))
          report({
            at: path,
            message: `"${text.slice(0, 20)}" begins with one backslash, since two stand for one. For a network path write four.`,
          });
      }),
  },
  {
    code: "PATH_INCOMPLETE",
    severity: "warning",
    teaches: "Without a modifier the whole path has to be equal, and no path of a program begins with a backslash.",
    bad: rule("Image: '\\whoami.exe'"),
    good: rule("Image|endswith: '\\whoami.exe'"),
    look: (document, report) =>
      eachText(document, ({ item, text, path }) => {
        if (
          PATH_FIELDS.test(item.field) &&
          item.modifiers.length === 0 &&
          /^\\[\w ().-]+(?:\\[\w ().-]+)*$/.test(text) &&
          !/^\\(?:Device|SystemRoot)\\/i.test(text)
        )
          report({ at: path, message: `${item.field} is never equal to "${text}": write ${item.field}|endswith.` });
      }),
  },
  {
    code: "SEPARATOR_OF_OTHER_SYSTEM",
    severity: "warning",
    teaches: "Windows separates folders with a backslash, Linux and macOS with a slash.",
    bad: rule("Image|endswith: '/whoami.exe'"),
    good: rule("Image|endswith: '\\whoami.exe'"),
    look: (document, report) => {
      const { product } = document.logsource;
      eachText(document, ({ item, text, path }) => {
        if (!PATH_FIELDS.test(item.field) || isRegex(item)) return;
        if (product === "windows" && /^\*?\/\w/.test(text))
          report({ at: path, message: `Paths of Windows have backslashes: write "${text.replaceAll("/", "\\")}".` });
        else if ((product === "linux" || product === "macos") && /^\*?\\\w/.test(text))
          report({ at: path, message: `Paths of ${product} have slashes: write "${text.replaceAll("\\", "/")}".` });
      });
    },
  },
  {
    code: "PROGRAM_WITHOUT_SEPARATOR",
    severity: "info",
    teaches: "`endswith: cmd.exe` also fits `notcmd.exe`. The separator before it says that the name begins there.",
    bad: rule("Image|endswith: 'whoami.exe'"),
    good: rule("Image|endswith: '\\whoami.exe'"),
    look: (document, report) =>
      eachText(document, ({ item, text, path }) => {
        if (
          document.logsource.product === "windows" &&
          PATH_FIELDS.test(item.field) &&
          item.modifiers.join() === "endswith" &&
          /^\w[\w-]*\.(?:exe|com|dll|sys)$/i.test(text)
        )
          report({ at: path, message: `"${text}" also fits other programs whose name ends so: write "\\${text}".` });
      }),
  },
  {
    code: "VALUE_DUPLICATE",
    severity: "warning",
    teaches:
      "The same value twice in one list: one of them was meant to be another. Upper and lower case are the same here.",
    bad: rule("CommandLine|contains:\n      - whoami\n      - WhoAmI"),
    good: rule("CommandLine|contains:\n      - whoami\n      - hostname"),
    look: (document, report) => {
      for (const item of document.items) {
        const seen = new Set<string>();
        for (const { value, path } of item.values) {
          if (typeof value !== "string" && typeof value !== "number") continue;
          // A number and the same digits as a text are two values to other tools.
          const same = `${typeof value} ${isCased(item) ? value : String(value).toLowerCase()}`;
          if (seen.has(same))
            report({
              at: path,
              message: `"${String(value)}" stands in this list twice.`,
              ...(item.modifiers.includes("all") && item.values.length < 3
                ? {}
                : { fix: (source) => source.removeEntry(path) }),
            });
          seen.add(same);
        }
      }
    },
  },
  {
    code: "VALUE_COVERED",
    severity: "info",
    teaches:
      "Whatever the longer value finds, the shorter one in the same list finds already. With `all` it is the other way round.",
    bad: rule("CommandLine|contains:\n      - whoami\n      - 'whoami /all'"),
    good: rule("CommandLine|contains:\n      - whoami\n      - hostname"),
    look: (document, report) => {
      for (const item of document.items) for (const remark of coveredValues(item)) report(remark);
    },
  },
  {
    code: "VALUE_SPACE_AT_EDGE",
    severity: "info",
    teaches: "A value that has to be equal, with a space at its end, is nearly always a slip.",
    bad: rule("User: 'root '"),
    good: rule("User: root"),
    look: (document, report) =>
      eachText(document, ({ item, text, path }) => {
        if (
          item.field !== "" &&
          item.modifiers.length === 0 &&
          text.trim() !== text &&
          text.trim() !== "" &&
          !/[*?\n]/.test(text)
        )
          report({ at: path, message: `"${text}" has a space at its edge, and has to be equal to the whole value.` });
      }),
  },
  {
    code: "ADDRESS_AS_TEXT",
    severity: "info",
    teaches:
      "`startswith: '172.16.'` finds a sixteenth of the private network, and no IPv6. A network is tested with `cidr`.",
    bad: rule("DestinationIp|startswith: '172.16.'"),
    good: rule("DestinationIp|cidr: 172.16.0.0/12"),
    look: (document, report) =>
      eachText(document, ({ item, text, path }) => {
        if (
          placementOf(item) === "startswith" &&
          /(?:ip|ipaddress|addr|address)$/i.test(item.field) &&
          /^(?:\d{1,3}\.){1,3}$/.test(text)
        ) {
          const octets = text.split(".").filter((octet) => octet !== "");
          const network = `${[...octets, "0", "0", "0"].slice(0, 4).join(".")}/${octets.length * 8}`;
          report({
            at: path,
            message: `"${text}" is the beginning of addresses: write ${item.field}|cidr: ${network}.`,
          });
        }
      }),
  },
  {
    code: "CONTAINS_TOO_SHORT",
    severity: "info",
    teaches: "One letter or digit stands in nearly every text: the test costs time and decides nothing.",
    bad: rule("CommandLine|contains: w"),
    good: rule("CommandLine|contains: whoami"),
    look: (document, report) =>
      eachText(document, ({ item, text, path }) => {
        if (
          item.modifiers.includes("contains") &&
          !item.modifiers.includes("all") &&
          /^[a-z0-9]$/i.test(text) &&
          COMMAND_FIELDS.test(item.field)
        )
          report({ at: path, message: `"${text}" is contained in nearly every ${item.field}.` });
      }),
  },
];

const COMMAND_FIELDS = /CommandLine$|^ScriptBlockText$|^TargetFilename$|^Image$/;

function eachText(
  { items }: LintDocument,
  visit: (found: {
    readonly item: LintItem;
    readonly text: string;
    readonly path: readonly (string | number)[];
  }) => void,
): void {
  for (const item of items)
    for (const { value, path } of item.values) if (typeof value === "string") visit({ item, text: value, path });
}

const isRegex = ({ modifiers }: LintItem): boolean => modifiers.includes("re");
const isCased = ({ modifiers }: LintItem): boolean =>
  modifiers.some((name) => name === "cased" || name === "re" || /base64|utf16|wide/.test(name));
const placementOf = ({ modifiers }: LintItem): string | undefined => modifiers.find((name) => PLACEMENTS.has(name));

function verb(item: LintItem): string {
  const placement = placementOf(item);
  return placement === "contains" ? "contains" : placement === "startswith" ? "begins with" : "ends with";
}

/** The modifier that says the same as the wildcards at the edges, if these are all there are. */
function placementWritten(value: string): { readonly modifier: string } | undefined {
  const inner = value.replace(/^\*/, "").replace(/\*$/, "");
  if (inner === "" || /[*?]/.test(inner) || inner.endsWith("\\")) return undefined;
  const [open, ajar] = [value.startsWith("*"), value.endsWith("*")];
  return open && ajar
    ? { modifier: "contains" }
    : open
      ? { modifier: "endswith" }
      : ajar
        ? { modifier: "startswith" }
        : undefined;
}

function coveredValues(item: LintItem): Remark[] {
  const placement = placementOf(item);
  const plain = item.modifiers.every((name) => PLACEMENTS.has(name) || name === "all" || name === "cased");
  const texts = item.values.flatMap(({ value, path }) =>
    typeof value === "string" ? literalOf(value, path, isCased(item)) : [],
  );
  if (placement === undefined || !plain || texts.length > 200) return [];
  const within = (short: string, long: string): boolean =>
    placement === "contains"
      ? long.includes(short)
      : placement === "startswith"
        ? long.startsWith(short)
        : long.endsWith(short);
  const all = item.modifiers.includes("all");
  const covered = texts.flatMap((entry) => {
    const other = texts.find(
      (candidate) =>
        candidate.text !== entry.text &&
        (all ? within(entry.text, candidate.text) : within(candidate.text, entry.text)),
    );
    return other === undefined ? [] : [{ entry, other }];
  });
  // "all" with one value left would be no rule any more.
  const removable = !all || item.values.length - covered.length > 1;
  return covered.map(({ entry, other }) => {
    const why = all
      ? `Whatever ${phrase(placement)} "${other.shown}" also ${phrase(placement)} "${entry.shown}"`
      : `Whatever ${phrase(placement)} "${entry.shown}" also ${phrase(placement)} "${other.shown}"`;
    return {
      at: entry.path,
      message: `${why}: this value changes nothing.`,
      ...(removable ? { fix: (source) => source.removeEntry(entry.path) } : {}),
    };
  });
}

function literalOf(shown: string, path: Path, cased: boolean): { text: string; shown: string; path: Path }[] {
  const text = plainText(parsePattern(shown));
  return text === undefined || text === "" ? [] : [{ text: cased ? text : text.toLowerCase(), shown, path }];
}

function phrase(placement: string): string {
  return placement === "contains" ? "contains" : placement === "startswith" ? "starts with" : "ends with";
}
