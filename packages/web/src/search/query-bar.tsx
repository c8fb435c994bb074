/** query-bar: where a search is written: completes fields, values and pipes, underlines what is wrong and offers the fix.
 *  Enter runs; a completion is only taken by Tab, or by Enter after it was chosen with the arrow keys. */
import { searchRoutes } from "@holdfast/contracts/search";
import { Search, Square } from "lucide-react";
import { useEffect, useId, useRef, useState, type KeyboardEvent, type Ref } from "react";
import { useCall } from "../app/query.ts";
import { Button } from "../ui/button.tsx";
import { LogText } from "../ui/code.tsx";
import { Keys } from "../ui/keys.tsx";
import { complete, completionAt, type Completion } from "./query-text.ts";
import "./query-bar.css";
import { useCompletions } from "./use-completions.ts";

export function QueryBar(props: {
  query: string;
  running: boolean;
  onRun: (query: string) => void;
  onCancel: () => void;
  inputRef: Ref<HTMLInputElement>;
}) {
  const id = useId();
  const [text, setText] = useState(props.query);
  const [at, setAt] = useState<Completion | null>(null);
  const [chosen, setChosen] = useState(-1);
  const [scrolled, setScrolled] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => setText(props.query), [props.query]);
  const found = useCompletions(at);
  const open = at !== null && found.length > 0;
  const wrong = useWrong(text);

  const look = (value: string, caret: number | null): void => {
    const completion = completionAt(value, caret ?? value.length);
    setAt(completion.kind === "none" ? null : completion);
    setChosen(-1);
  };
  const accept = (value: string): void => {
    if (at === null) return;
    const done = complete(text, at, value);
    setText(done.text);
    requestAnimationFrame(() => field.current?.setSelectionRange(done.caret, done.caret));
    look(done.text, done.caret);
  };
  const run = (value: string): void => {
    setAt(null);
    props.onRun(value);
  };
  const key = (event: KeyboardEvent<HTMLInputElement>): void => {
    const pick = found[chosen] ?? (event.key === "Tab" ? found[0] : undefined);
    if (event.key === "ArrowDown" && open) setChosen(Math.min(chosen + 1, found.length - 1));
    else if (event.key === "ArrowUp" && open) setChosen(Math.max(chosen - 1, -1));
    else if (event.key === "Escape" && open) setAt(null);
    else if (event.key === "Escape") event.currentTarget.blur();
    else if ((event.key === "Tab" || event.key === "Enter") && open && pick !== undefined && !event.shiftKey)
      accept(pick.value);
    else if (event.key === "Enter") run(text);
    else if (event.key === " " && event.ctrlKey) look(text, event.currentTarget.selectionStart);
    else return;
    event.preventDefault();
  };
  return (
    <div className="query">
      <div className={wrong === null ? "query-frame" : "query-frame wrong"}>
        <Search size={14} aria-hidden="true" />
        <div className="query-field">
          {wrong !== null && wrong.at !== null && (
            <div className="query-marks" aria-hidden="true" style={{ transform: `translateX(${-scrolled}px)` }}>
              {text.slice(0, wrong.at)}
              <span className="query-wrong">
                {text.slice(wrong.at, wrong.at + Math.max(wrong.length ?? 1, 1)) || " "}
              </span>
            </div>
          )}
          <input
            ref={(element) => {
              field.current = element;
              if (typeof props.inputRef === "function") props.inputRef(element);
              else if (props.inputRef !== null) props.inputRef.current = element;
            }}
            className="query-input"
            role="combobox"
            aria-label="Search events"
            aria-expanded={open}
            aria-controls={`${id}-list`}
            aria-autocomplete="list"
            aria-activedescendant={open && chosen >= 0 ? `${id}-${chosen}` : undefined}
            aria-invalid={wrong !== null || undefined}
            aria-describedby={wrong === null ? undefined : `${id}-wrong`}
            placeholder='host:web-1 AND "failed password" | top 10 user'
            value={text}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => {
              setText(event.target.value);
              look(event.target.value, event.target.selectionStart);
            }}
            onScroll={(event) => setScrolled(event.currentTarget.scrollLeft)}
            onKeyDown={key}
            onBlur={() => setAt(null)}
          />
        </div>
        {text === "" && <Keys keys="/" />}
        {props.running ? (
          <Button size="compact" icon={<Square size={12} />} onClick={props.onCancel}>
            Cancel
          </Button>
        ) : (
          <Button size="compact" variant="primary" keys="Enter" onClick={() => run(text)}>
            Search
          </Button>
        )}
      </div>
      <ul
        id={`${id}-list`}
        role="listbox"
        aria-label="Completions"
        className={open ? "query-list" : "query-list closed"}
      >
        {open &&
          found.map((entry, index) => (
            <li
              key={entry.value}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === chosen}
              className="query-option"
              onPointerDown={(event) => {
                event.preventDefault();
                accept(entry.value);
              }}
            >
              <span className="mono truncate">
                <LogText text={entry.value} />
              </span>
              <span className="faint small truncate">{entry.note}</span>
            </li>
          ))}
        {open && (
          <li className="query-help" role="presentation">
            <Keys keys="Tab" /> takes the {chosen >= 0 ? "chosen" : "first"}, <Keys keys="Enter" />{" "}
            {chosen >= 0 ? "takes it" : "searches"}
          </li>
        )}
      </ul>
      {wrong !== null && (
        <p id={`${id}-wrong`} className="query-problem" role="alert">
          {wrong.message}
          {wrong.suggestion !== null && (
            <button type="button" className="query-fix" onClick={() => setText(wrong.suggestion ?? text)}>
              Write <span className="mono">{wrong.suggestion}</span>
            </button>
          )}
        </p>
      )}
    </div>
  );
}

/** What the server finds wrong with the text, when the typing pauses. */
function useWrong(text: string) {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(text), 400);
    return () => window.clearTimeout(timer);
  }, [text]);
  const check = useCall(searchRoutes.check, { body: { query: settled } }, { enabled: settled !== "" });
  if (settled !== text || settled === "" || check.data === undefined || check.data.ok) return null;
  return check.data;
}
