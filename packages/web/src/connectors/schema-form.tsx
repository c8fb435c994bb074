/** schema-form: fields for an object that a JSON Schema describes: text, number, choice, switch, list of lines. What is secret is never
 *  shown: an empty field keeps what is stored. Anything else is edited as JSON. */
import { Checkbox, Field, TextArea, TextField } from "../ui/field.tsx";
import { Select } from "../ui/select.tsx";

export interface FieldSchema {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly shape: "text" | "multiline" | "number" | "switch" | "choice" | "lines" | "json";
  readonly options: readonly string[];
  readonly required: boolean;
  readonly fallback: unknown;
}

/** What is typed: text for all but switches. */
export type Draft = Readonly<Record<string, string | boolean>>;

export function fieldsOf(schema: Readonly<Record<string, unknown>>): FieldSchema[] {
  const required = Array.isArray(schema["required"]) ? schema["required"].map(String) : [];
  return Object.entries(objectOf(schema["properties"])).map(([name, value]) => {
    const field = objectOf(value);
    const options = Array.isArray(field["enum"]) ? field["enum"].map(String) : [];
    return {
      name,
      title: typeof field["title"] === "string" ? field["title"] : name,
      description: typeof field["description"] === "string" ? field["description"] : "",
      shape: shapeOf(field, options),
      options,
      required: required.includes(name),
      fallback: field["default"],
    };
  });
}

export function draftOf(fields: readonly FieldSchema[], value: Readonly<Record<string, unknown>>): Draft {
  return Object.fromEntries(fields.map((field) => [field.name, typed(field, value[field.name] ?? field.fallback)]));
}

/** The object that the draft means; fields that were left empty are left out. */
export function valueOf(fields: readonly FieldSchema[], draft: Draft): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const { name, shape } of fields) {
    const text = draft[name];
    if (typeof text === "boolean") value[name] = text;
    else if (text === undefined || text.trim() === "") continue;
    else if (shape === "number") value[name] = Number(text);
    else if (shape === "lines") value[name] = linesOf(text);
    else value[name] = shape === "json" ? parsed(text) : text;
  }
  return value;
}

export const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

export function SchemaForm(props: {
  fields: readonly FieldSchema[];
  draft: Draft;
  onChange: (draft: Draft) => void;
  /** Secrets: names of those that are stored. */
  stored?: readonly string[];
}) {
  const { fields, draft, onChange, stored } = props;
  return fields.map((field) => {
    const value = draft[field.name];
    const set = (next: string | boolean): void => onChange({ ...draft, [field.name]: next });
    const label =
      field.required && stored === undefined ? field.title : `${field.title}${field.required ? "" : " (optional)"}`;
    const kept = stored?.includes(field.name) === true ? "Stored. Leave it empty to keep it." : "";
    const hint = [field.description, kept].filter((part) => part !== "").join(". ");
    const note = hint === "" ? {} : { hint };
    if (typeof value === "boolean")
      return (
        <div key={field.name} className="field">
          <Checkbox label={field.title} checked={value} onChange={set} />
          {hint !== "" && <p className="field-hint">{hint}</p>}
        </div>
      );
    const text = value ?? "";
    if (field.shape === "choice")
      return (
        <Field key={field.name} label={field.title} id={`field-${field.name}`} {...note}>
          <Select
            id={`field-${field.name}`}
            label={field.title}
            value={text}
            options={field.options.map((option) => ({ value: option, label: option }))}
            onChange={set}
          />
        </Field>
      );
    if (field.shape === "text" || field.shape === "number")
      return (
        <TextField
          key={field.name}
          label={label}
          value={text}
          onChange={set}
          type={stored === undefined ? (field.shape === "number" ? "number" : "text") : "password"}
          autoComplete={stored === undefined ? "off" : "new-password"}
          {...note}
        />
      );
    return (
      <TextArea
        key={field.name}
        label={label}
        value={text}
        onChange={set}
        rows={field.shape === "lines" ? 4 : 5}
        mono
        {...note}
      />
    );
  });
}

function shapeOf(field: Readonly<Record<string, unknown>>, options: readonly string[]): FieldSchema["shape"] {
  if (options.length > 0) return "choice";
  if (field["type"] === "boolean") return "switch";
  if (field["type"] === "integer" || field["type"] === "number") return "number";
  if (field["type"] === "array" && objectOf(field["items"])["type"] === "string") return "lines";
  if (field["type"] === "object" || field["type"] === "array") return "json";
  return field["format"] === "multiline" ? "multiline" : "text";
}

function typed({ shape }: FieldSchema, value: unknown): string | boolean {
  if (shape === "switch") return value === true;
  if (value === undefined || value === null) return "";
  if (shape === "lines" && Array.isArray(value)) return value.join("\n");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** As text when it is no JSON: the server then says what is wrong with it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
