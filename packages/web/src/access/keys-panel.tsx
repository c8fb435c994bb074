/** keys-panel: the keys that work on every page, and those of lists and pages. */
import { KeyTable } from "../app/key-list.tsx";
import { PAGES } from "../app/pages.ts";
import { Panel } from "../ui/page.tsx";

export function KeysPanel() {
  return (
    <Panel title="Keys" note="on any page, ? lists those that work there">
      <KeyTable
        keys={[
          { keys: "mod+k", label: "Search anything and run actions", group: "Everywhere" },
          { keys: "/", label: "Search on this page", group: "Everywhere" },
          { keys: "?", label: "List all keys", group: "Everywhere" },
          { keys: "Escape", label: "Close what is open", group: "Everywhere" },
          ...PAGES.map((page) => ({ keys: page.keys, label: page.title, group: "Go to" })),
          { keys: "j", label: "Next row", group: "Lists" },
          { keys: "k", label: "Previous row", group: "Lists" },
          { keys: "Enter", label: "Open", group: "Lists" },
          { keys: "x", label: "Select", group: "Lists" },
          { keys: "shift+x", label: "Select up to here", group: "Lists" },
          { keys: "e", label: "Acknowledge", group: "Alerts" },
          { keys: "a", label: "Assign", group: "Alerts" },
          { keys: "s", label: "Close with a verdict", group: "Alerts" },
          { keys: "v", label: "Change severity", group: "Alerts" },
          { keys: "i", label: "Put into an incident", group: "Alerts" },
          { keys: "l", label: "Live tail on and off", group: "Events" },
          { keys: "f", label: "Frequent values on and off", group: "Events" },
          { keys: "t", label: "Chart as a table, when it has the focus", group: "Charts" },
        ]}
      />
    </Panel>
  );
}
