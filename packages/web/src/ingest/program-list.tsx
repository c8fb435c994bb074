/** program-list: what do you run? Every program that Holdfast has lines for, found by a word; arrows and enter choose as a click does. */
import { findPrograms, type ProgramWay, type SourceProgram } from "@holdfast/contracts/source-programs";
import { Fragment, type KeyboardEvent, useId, useState } from "react";
import { Button } from "../ui/button.tsx";
import { Empty } from "../ui/states.tsx";
import "./program-list.css";

export function ProgramList({
  onChoose,
  onOther,
}: {
  onChoose: (program: SourceProgram) => void;
  /** It is none of these: choose by protocol. */
  onOther: () => void;
}) {
  const id = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const found = findPrograms(text);
  const current = Math.min(at, found.length - 1);
  const key = (event: KeyboardEvent): void => {
    const chosen = found[current];
    if (event.key === "ArrowDown") setAt(Math.min(current + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(current - 1, 0));
    else if (event.key === "Enter" && chosen !== undefined) onChoose(chosen);
    else return;
    event.preventDefault();
  };
  // In the order of the groups while nothing is looked for, the likeliest first when something is.
  const grouped = text.trim() === "";
  return (
    <div className="program-list dialog-pad">
      <input
        className="input"
        role="combobox"
        aria-label="What do you run?"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={found.length > 0 ? `${id}-${current}` : undefined}
        placeholder="A program, a device, a service: Filebeat, FortiGate, GitHub"
        value={text}
        spellCheck={false}
        autoFocus
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={key}
      />
      {found.length === 0 ? (
        <Empty
          title={`Nothing here is called ${text.trim()}`}
          action={<Button onClick={onOther}>Choose by protocol</Button>}
        >
          <p>What speaks syslog, HTTP, or the protocol of a known collector can send all the same.</p>
        </Empty>
      ) : (
        <div id={`${id}-list`} role="listbox" aria-label="Programs" className="program-groups">
          {found.map((program, index) => (
            <Fragment key={program.id}>
              {grouped && program.group !== found[index - 1]?.group && (
                <div role="presentation" className="program-group">
                  {program.group}
                </div>
              )}
              <div
                id={`${id}-${index}`}
                role="option"
                aria-selected={index === current}
                className="program"
                ref={index === current ? scrollIntoView : undefined}
                onPointerMove={() => setAt(index)}
                onClick={() => onChoose(program)}
              >
                <span className="truncate">{program.name}</span>
                <span className="truncate faint small">{program.about}</span>
                <span className="faint small">{wayText(program.by)}</span>
              </div>
            </Fragment>
          ))}
        </div>
      )}
    </div>
  );
}

function wayText({ way }: ProgramWay): string {
  switch (way) {
    case "key":
      return "with a key";
    case "port":
      return "by a port";
    case "fetch":
      return "fetched";
    case "file":
      return "imported";
  }
}

function scrollIntoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}
