/** button: does what it says. A disabled button stays focusable and says why it can't be used, instead of vanishing. */
import type { ReactNode, Ref } from "react";
import "./button.css";
import { Keys } from "./keys.tsx";

export interface ButtonProps {
  children?: ReactNode;
  /** Needed when there is no text inside. */
  label?: string | undefined;
  icon?: ReactNode;
  variant?: "plain" | "primary" | "danger" | "ghost";
  size?: "normal" | "compact";
  /** The key that does the same; shown beside the text. */
  keys?: string | undefined;
  /** Why it can't be used now; a non-empty text disables it. */
  refused?: string | undefined;
  busy?: boolean;
  pressed?: boolean | undefined;
  expanded?: boolean | undefined;
  type?: "button" | "submit";
  onClick?: (() => void) | undefined;
  ref?: Ref<HTMLButtonElement>;
}

export function Button(props: ButtonProps) {
  const { children, label, icon, variant = "plain", size = "normal", keys, refused = "", busy = false } = props;
  const off = refused !== "" || busy;
  const tip = refused !== "" ? refused : children === undefined ? label : undefined;
  return (
    <button
      ref={props.ref}
      type={props.type ?? "button"}
      className={`button ${variant} ${size}${children === undefined ? " icon-only" : ""}`}
      aria-label={label}
      aria-disabled={off || undefined}
      aria-busy={busy || undefined}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      aria-keyshortcuts={keys === undefined ? undefined : keys.replace("mod+", "Control+")}
      data-tip={tip}
      data-tip-keys={children === undefined ? keys : undefined}
      onClick={(event) => {
        if (off) event.preventDefault();
        else props.onClick?.();
      }}
    >
      {icon}
      {children !== undefined && <span className="truncate">{children}</span>}
      {children !== undefined && keys !== undefined && <Keys keys={keys} />}
    </button>
  );
}
