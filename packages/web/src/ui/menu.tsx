/** menu: actions behind one button. An action that can't be used says why instead of being left out. */
import { Menu as Base } from "@base-ui/react/menu";
import type { ReactElement, ReactNode } from "react";
import { Keys } from "./keys.tsx";
import "./select.css";

export interface MenuAction {
  readonly label: string;
  readonly icon?: ReactNode;
  readonly keys?: string;
  readonly refused?: string;
  readonly run: () => void;
}

/** A null among the actions is a dividing line. */
export function Menu({
  trigger,
  heading,
  actions,
}: {
  trigger: ReactElement<Record<string, unknown>>;
  heading?: ReactNode;
  actions: readonly (MenuAction | null)[];
}) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner className="floating" sideOffset={4} align="end">
          <Base.Popup className="menu">
            {heading !== undefined && <div className="menu-label">{heading}</div>}
            {actions.map((action, at) =>
              action === null ? (
                <Base.Separator key={at} className="menu-line" />
              ) : (
                <Base.Item
                  key={action.label}
                  className="menu-item"
                  disabled={action.refused !== undefined && action.refused !== ""}
                  onClick={action.run}
                  data-tip={action.refused}
                >
                  {action.icon}
                  {action.label}
                  {action.keys !== undefined && <Keys keys={action.keys} />}
                </Base.Item>
              ),
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
