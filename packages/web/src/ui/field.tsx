/** field: a labelled input with its hint and its error. The label is always visible; the error says what to write instead. */
import { useId, type ReactNode, type Ref } from "react";
import "./field.css";

interface Labelled {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
}

export function TextField(
  props: Labelled & {
    value: string;
    onChange: (value: string) => void;
    type?: "text" | "password" | "number" | "date" | "datetime-local";
    /** Of a number: "any" takes fractions. */
    step?: "any" | number;
    placeholder?: string;
    autoComplete?: string;
    autoFocus?: boolean;
    required?: boolean;
    inputRef?: Ref<HTMLInputElement>;
    /** Offered while typing; anything else may be written. */
    suggestions?: readonly string[];
  },
) {
  const id = useId();
  const { suggestions = [] } = props;
  return (
    <Field {...props} id={id}>
      {suggestions.length > 0 && (
        <datalist id={`${id}-list`}>
          {suggestions.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
      <input
        id={id}
        list={suggestions.length > 0 ? `${id}-list` : undefined}
        ref={props.inputRef}
        className="input"
        type={props.type ?? "text"}
        value={props.value}
        step={props.step}
        placeholder={props.placeholder}
        autoComplete={props.autoComplete ?? "off"}
        autoFocus={props.autoFocus}
        required={props.required}
        spellCheck={false}
        aria-invalid={props.error !== undefined || undefined}
        aria-describedby={props.error !== undefined || props.hint !== undefined ? `${id}-note` : undefined}
        onChange={(event) => props.onChange(event.target.value)}
      />
    </Field>
  );
}

export function TextArea(
  props: Labelled & {
    value: string;
    onChange: (value: string) => void;
    rows?: number;
    placeholder?: string;
    mono?: boolean;
  },
) {
  const id = useId();
  return (
    <Field {...props} id={id}>
      <textarea
        id={id}
        className={props.mono === true ? "input mono" : "input"}
        rows={props.rows ?? 3}
        value={props.value}
        placeholder={props.placeholder}
        aria-describedby={props.error !== undefined || props.hint !== undefined ? `${id}-note` : undefined}
        onChange={(event) => props.onChange(event.target.value)}
      />
    </Field>
  );
}

export function Checkbox(props: {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  /** Keep the label for screen readers only. */
  bare?: boolean;
}) {
  return (
    <label className="checkbox">
      <input type="checkbox" checked={props.checked} onChange={(event) => props.onChange(event.target.checked)} />
      <span className={props.bare === true ? "sr-only" : undefined}>{props.label}</span>
    </label>
  );
}

export function Field({ label, hint, error, id, children }: Labelled & { id: string; children: ReactNode }) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children}
      {error !== undefined ? (
        <p id={`${id}-note`} className="field-error" role="alert">
          {error}
        </p>
      ) : (
        hint !== undefined && (
          <p id={`${id}-note`} className="field-hint">
            {hint}
          </p>
        )
      )}
    </div>
  );
}
