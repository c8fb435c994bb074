/** preferences: what this viewer chose on this machine: team and theme. They change what comes first, never what can be seen. */
import type { Team } from "@holdfast/contracts/model";
import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

export function useTeam(): readonly [Team, (team: Team) => void] {
  const stored = useStored("holdfast.team");
  return [stored === "operations" ? "operations" : "security", (team) => store("holdfast.team", team)];
}

export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const stored = useStored("holdfast.theme");
  const theme: Theme = stored === "light" || stored === "dark" ? stored : "system";
  return [
    theme,
    (next) => {
      store("holdfast.theme", next);
      if (next === "system") delete document.documentElement.dataset["theme"];
      else document.documentElement.dataset["theme"] = next;
    },
  ];
}

/** Stored text by key; for column choices and the like. */
export function useStored(key: string): string | null {
  return useSyncExternalStore(subscribe, () => read(key));
}

export function store(key: string, value: string): void {
  memory.set(key, value);
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage can be switched off: the choice then lasts until the page is closed.
  }
  for (const listener of listeners) listener();
}

const memory = new Map<string, string>();
const listeners = new Set<() => void>();

function read(key: string): string | null {
  const kept = memory.get(key);
  if (kept !== undefined) return kept;
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Where this browser keeps whether it shows a notice when the viewer is paged: "on" or nothing. */
export const PAGE_NOTICES = "holdfast.page-notices";
