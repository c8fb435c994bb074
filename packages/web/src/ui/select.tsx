/** select: one of a few values. */
import { Select as Base } from "@base-ui/react/select";
import { Check, ChevronsUpDown } from "lucide-react";
import type { ReactNode } from "react";
import "./button.css";
import "./select.css";

export interface Option<V extends string> {
  readonly value: V;
  readonly label: string;
  readonly mark?: ReactNode;
}

export function Select<V extends string>(props: {
  label: string;
  value: V;
  options: readonly Option<V>[];
  onChange: (value: V) => void;
  /** Show the label before the value, inside the control. */
  named?: boolean;
  refused?: string;
  id?: string | undefined;
}) {
  const { label, value, options, onChange, named = false, refused = "" } = props;
  const current = options.find((option) => option.value === value);
  return (
    <Base.Root
      value={value}
      disabled={refused !== ""}
      onValueChange={(next) => {
        const option = options.find((candidate) => candidate.value === next);
        if (option !== undefined) onChange(option.value);
      }}
    >
      <Base.Trigger
        id={props.id}
        className="button select-trigger"
        aria-label={`${label}: ${current?.label ?? value}`}
        data-tip={refused === "" ? undefined : refused}
      >
        {named && <span className="faint">{label}</span>}
        <span className="truncate row">
          {current?.mark}
          {current?.label ?? value}
        </span>
        <ChevronsUpDown size={12} aria-hidden="true" />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className="floating" sideOffset={4} alignItemWithTrigger={false}>
          <Base.Popup className="menu">
            <Base.List className="menu-list">
              {options.map((option) => (
                <Base.Item key={option.value} value={option.value} className="menu-item">
                  <Base.ItemText className="row">
                    {option.mark}
                    {option.label}
                  </Base.ItemText>
                  <Base.ItemIndicator className="menu-check">
                    <Check size={14} />
                  </Base.ItemIndicator>
                </Base.Item>
              ))}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
