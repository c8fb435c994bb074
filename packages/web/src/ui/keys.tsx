/** keys: shows the key that does the same as the control beside it. */
import "./keys.css";

/** `keys` is written as it is pressed: "mod+k", "g a", "j". */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className="keys" aria-hidden="true">
      {keys.split(" ").map((key) => (
        <kbd key={key}>{label(key)}</kbd>
      ))}
    </span>
  );
}

const MAC = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

function label(key: string): string {
  return key
    .replace("mod+", MAC ? "⌘" : "Ctrl ")
    .replace("shift+", "⇧")
    .replace("Enter", "↵")
    .replace("Escape", "Esc")
    .replace("ArrowDown", "↓")
    .replace("ArrowUp", "↑");
}
