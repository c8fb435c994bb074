/** key-list: all keys that do something on the page that is open, by group. */
import { useState } from "react";
import { Dialog } from "../ui/dialog.tsx";
import { activeKeys } from "../ui/keyboard.ts";
import { Keys } from "../ui/keys.tsx";
import "./key-list.css";

export function KeyList({ onClose }: { onClose: () => void }) {
  const [keys] = useState(activeKeys);
  return (
    <Dialog title="Keys" note="Keys work wherever you are not typing." open onClose={onClose} wide>
      <KeyTable keys={keys} />
    </Dialog>
  );
}

export function KeyTable({ keys }: { keys: readonly { keys: string; label: string; group: string }[] }) {
  const groups = [...new Set(keys.map((key) => key.group))].toSorted((a, b) => rank(a) - rank(b));
  return (
    <div className="key-groups">
      {groups.map((group) => (
        <section key={group} aria-label={group}>
          <h3>{group}</h3>
          <dl>
            {keys
              .filter((key) => key.group === group)
              .map((key) => (
                <div key={key.keys} className="key-line">
                  <dt>{key.label}</dt>
                  <dd>
                    <Keys keys={key.keys} />
                    <span className="sr-only">{key.keys}</span>
                  </dd>
                </div>
              ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

const ORDER = ["This page", "Lists", "Everywhere", "Go to"];

function rank(group: string): number {
  const at = ORDER.indexOf(group);
  return at < 0 ? ORDER.length : at;
}
