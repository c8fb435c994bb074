/** keyboard: one layer for all keys. The newest registration wins, so a drawer or a table can take a key over from the page.
 *  Typing is never hijacked: in a field only keys with Ctrl/⌘ and Escape are looked at; in a dialog, only the dialog's own. */
import { useEffect, useRef } from "react";

export interface Binding {
  readonly label: string;
  readonly run: (event: KeyboardEvent) => void;
  /** Where the list of keys shows it. */
  readonly group?: string;
  /** Also while typing and in dialogs (for keys with Ctrl or ⌘). */
  readonly everywhere?: boolean;
}

/** Keys as they are pressed: "j", "shift+x", "mod+k", "g a" (a sequence), "Escape", "?". */
export type Bindings = Readonly<Record<string, Binding>>;

export function useKeys(bindings: Bindings, enabled = true): void {
  const latest = useRef(bindings);
  useEffect(() => {
    latest.current = bindings;
  });
  useEffect(() => {
    if (!enabled) return;
    const entry = { get: () => latest.current };
    layers.push(entry);
    if (layers.length === 1) document.addEventListener("keydown", onKey);
    return () => {
      layers.splice(layers.indexOf(entry), 1);
      if (layers.length === 0) document.removeEventListener("keydown", onKey);
    };
  }, [enabled]);
}

/** All keys that do something now, newest layer first, each key once. */
export function activeKeys(): readonly { keys: string; label: string; group: string }[] {
  const seen = new Set<string>();
  const found: { keys: string; label: string; group: string }[] = [];
  for (const layer of layers.toReversed()) {
    for (const [keys, binding] of Object.entries(layer.get())) {
      if (seen.has(keys)) continue;
      seen.add(keys);
      found.push({ keys, label: binding.label, group: binding.group ?? "This page" });
    }
  }
  return found;
}

/** The name of a key press as bindings write it. Pure. */
export function keyName(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">): string {
  const letter = /^\p{L}$/u.test(event.key);
  const named = event.key.length > 1;
  const key = event.key === " " ? "Space" : letter ? event.key.toLowerCase() : event.key;
  const mod = event.ctrlKey || event.metaKey ? "mod+" : "";
  const shift = event.shiftKey && (letter || named || event.key === " ") ? "shift+" : "";
  return `${mod}${event.altKey ? "alt+" : ""}${shift}${key}`;
}

const layers: { get: () => Bindings }[] = [];
let pending = "";
let pendingUntil = 0;

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.key === "Shift") return;
  const name = keyName(event);
  const sequence = pending !== "" && event.timeStamp < pendingUntil ? `${pending} ${name}` : name;
  pending = "";
  const where = placeOf(event.target);
  const binding = find(sequence) ?? find(name);
  if (binding === undefined) {
    if (where === "page" && startsSequence(name)) {
      pending = name;
      pendingUntil = event.timeStamp + 1200;
    }
    return;
  }
  if (where !== "page" && binding.everywhere !== true) return;
  if ((name === "Enter" || name === "Space") && onControl(event.target)) return;
  event.preventDefault();
  binding.run(event);
}

function find(name: string): Binding | undefined {
  for (const layer of layers.toReversed()) {
    const binding = layer.get()[name];
    if (binding !== undefined) return binding;
  }
  return undefined;
}

function startsSequence(name: string): boolean {
  return layers.some((layer) => Object.keys(layer.get()).some((keys) => keys.startsWith(`${name} `)));
}

function placeOf(target: EventTarget | null): "page" | "field" | "dialog" {
  if (!(target instanceof Element)) return "page";
  if (target.closest("[role=dialog],[role=menu],[role=listbox]") !== null) return "dialog";
  const field = target.closest("input,textarea,select,[contenteditable=true],[data-typing=true]");
  if (field === null || (field instanceof HTMLInputElement && field.type === "checkbox")) return "page";
  return "field";
}

function onControl(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest("button,a[href],input,select,textarea,[role=button],[role=tab]") !== null
  );
}
