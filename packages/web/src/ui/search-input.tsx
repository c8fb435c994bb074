/** search-input: a small box that filters the list below it; what is typed is passed on when the typing pauses. */
import { Search } from "lucide-react";
import { useEffect, useRef, useState, type Ref } from "react";
import "./field.css";
import { Keys } from "./keys.tsx";

export function SearchInput(props: {
  label: string;
  value: string;
  inputRef?: Ref<HTMLInputElement>;
  onChange: (value: string) => void;
}) {
  const [text, setText] = useState(props.value);
  const sent = useRef(props.value);
  const { value, onChange } = props;
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    if (text === sent.current) return;
    const timer = window.setTimeout(() => {
      sent.current = text;
      onChange(text);
    }, 250);
    return () => window.clearTimeout(timer);
  }, [text, onChange]);
  return (
    <label className="search-input">
      <Search size={14} aria-hidden="true" />
      <span className="sr-only">{props.label}</span>
      <input
        ref={props.inputRef}
        className="input"
        type="search"
        placeholder={props.label}
        value={text}
        spellCheck={false}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      {text === "" && <Keys keys="/" />}
    </label>
  );
}
