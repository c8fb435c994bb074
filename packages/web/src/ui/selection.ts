/** selection: which rows of a list are selected; a range extends from the row that was touched last. */
import { useCallback, useMemo, useRef } from "react";
import type { Selection } from "./table.tsx";

export interface Selected extends Selection {
  readonly keys: readonly string[];
  readonly clear: () => void;
  readonly all: () => void;
}

/** `keys` and `onChange` belong to the caller, so that a selection can live in the address. */
export function useSelection(
  order: readonly string[],
  keys: readonly string[],
  onChange: (keys: readonly string[]) => void,
): Selected {
  const last = useRef<string | null>(null);
  const set = useMemo(() => new Set(keys), [keys]);
  const toggle = useCallback(
    (key: string, range: boolean) => {
      const next = new Set(set);
      const from = range && last.current !== null ? order.indexOf(last.current) : -1;
      const to = order.indexOf(key);
      if (from >= 0 && to >= 0)
        for (const one of order.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(one);
      else if (next.has(key)) next.delete(key);
      else next.add(key);
      last.current = key;
      onChange([...next]);
    },
    [set, order, onChange],
  );
  return {
    keys,
    has: (key) => set.has(key),
    toggle,
    clear: () => onChange([]),
    all: () => onChange(order),
  };
}
