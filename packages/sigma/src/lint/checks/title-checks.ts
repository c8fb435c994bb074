/** title-checks: title, description and author: what people read first when a rule fires. */
import type { Check } from "../check.ts";
import { textOf } from "./attribute-texts.ts";

const LONGEST_TITLE = 120;
const LONGEST_BY_SPECIFICATION = 256;
const SHORTEST_DESCRIPTION = 20;

export const TITLE_CHECKS: readonly Check[] = [
  {
    code: "TITLE_TOO_LONG",
    severity: "warning",
    teaches: `The title stands in lists, alerts and messages. The specification allows ${LONGEST_BY_SPECIFICATION} characters; past ${LONGEST_TITLE} it is cut on most screens.`,
    bad: `title: ${"Whoami was started by a service account on a server that nobody logs on to ".repeat(2)}`,
    good: "title: Whoami started by a service account",
    look: (document, report) => {
      const length = textOf(document, "title")?.length ?? 0;
      if (length > LONGEST_TITLE)
        report({
          at: ["title"],
          message: `The title has ${length} characters: say it in ${LONGEST_TITLE}, and put the rest into the description.`,
        });
    },
  },
  {
    code: "TITLE_ENDS_IN_DOT",
    severity: "info",
    teaches: "A title is a name, not a sentence.",
    bad: "title: Whoami started.",
    good: "title: Whoami started",
    look: (document, report) => {
      const title = textOf(document, "title") ?? "";
      if (/[^.]\.$/.test(title))
        report({
          at: ["title"],
          message: "The title ends in a dot: leave it out.",
          fix: (source) => source.replaceScalar(["title"], title.slice(0, -1)),
        });
    },
  },
  {
    code: "TITLE_SPACES",
    severity: "info",
    teaches: "Spaces at the ends or in a row make two titles differ that look the same.",
    bad: "title: 'Whoami  started '",
    good: "title: Whoami started",
    look: (document, report) => {
      const title = textOf(document, "title") ?? "";
      const tidy = title.trim().replaceAll(/\s+/g, " ");
      if (tidy !== title && tidy !== "")
        report({
          at: ["title"],
          message: "The title has spaces at its ends or several in a row.",
          fix: (source) => source.replaceScalar(["title"], tidy),
        });
    },
  },
  {
    code: "TITLE_DETECTS",
    severity: "info",
    teaches: "Every rule detects something. The title says what happened; the description says what the rule detects.",
    bad: "title: Detects whoami",
    good: "title: Whoami started",
    look: (document, report) => {
      const title = textOf(document, "title") ?? "";
      const word = /^(detects?|detection of|rule (?:for|to))\b/i.exec(title)?.[1];
      if (word !== undefined)
        report({ at: ["title"], message: `The title begins with "${word}": name what happened instead.` });
    },
  },
  {
    code: "TITLE_LOWER_CASE",
    severity: "info",
    teaches: "Titles stand in lists beside each other and begin with a capital letter.",
    bad: "title: suspicious use of whoami",
    good: "title: Suspicious use of whoami",
    look: (document, report) => {
      const title = textOf(document, "title") ?? "";
      // A name such as "iOS" or "esentutl.exe" keeps its spelling.
      if (/^[a-z]+(?= |$)/.test(title) && !/^\w*[A-Z.]\w*/.test(title.split(" ")[0] ?? ""))
        report({ at: ["title"], message: "The title begins with a small letter." });
    },
  },
  {
    code: "TITLE_DUPLICATE",
    severity: "warning",
    teaches: "Two alerts with one title cannot be told apart by whoever works on them.",
    bad: ["title: Whoami started", "title: Whoami started"],
    good: ["title: Whoami started", "title: Whoami started by a service"],
    lookAcross: (documents, report) => {
      const first = new Map<string, string>();
      for (const document of documents) {
        const title = textOf(document, "title")?.trim().toLowerCase();
        if (title === undefined || document.kind === "filter") continue;
        const other = first.get(title);
        if (other === undefined) first.set(title, document.file.path);
        else report(document, { at: ["title"], message: `The title is also that of ${other}: say how they differ.` });
      }
    },
  },
  {
    code: "DESCRIPTION_MISSING",
    severity: "warning",
    teaches: "Whoever gets the alert at night reads the description: what it means when it fires, and why it matters.",
    bad: "description:",
    good: "description: Whoami is hardly ever used by administrators, and often first by intruders.",
    look: (document, report) => {
      if (document.kind === "rule" && (textOf(document, "description") ?? "").trim() === "")
        report({ at: ["description"], message: "There is no description: say what it means when this rule fires." });
    },
  },
  {
    code: "DESCRIPTION_SHORT",
    severity: "info",
    teaches: "A few words say no more than the title.",
    bad: "description: Whoami started",
    good: "description: Whoami is hardly ever used by administrators, and often first by intruders.",
    look: (document, report) => {
      const text = (textOf(document, "description") ?? "").trim();
      if (text !== "" && text.length < SHORTEST_DESCRIPTION)
        report({
          at: ["description"],
          message: `The description has ${text.length} characters: say what it means when this rule fires.`,
        });
    },
  },
  {
    code: "AUTHOR_MISSING",
    severity: "info",
    teaches: "Someone is asked when the rule is wrong.",
    bad: "author:",
    good: "author: Mira Sand",
    look: (document, report) => {
      const author = document.value["author"];
      if (document.kind !== "filter" && (author === undefined || author === null || author === ""))
        report({ at: ["author"], message: "There is no author: name whom to ask about this rule." });
    },
  },
  {
    code: "AUTHOR_NOT_TEXT",
    severity: "warning",
    teaches: "The specification has one text; several names are separated by commas.",
    bad: "author:\n  - Mira Sand\n  - Jo Tal",
    good: "author: Mira Sand, Jo Tal",
    look: (document, report) => {
      const author = document.value["author"];
      if (author !== undefined && author !== null && typeof author !== "string")
        report({ at: ["author"], message: "The author is not a text: write several names with commas between them." });
    },
  },
];
