/** url-state: the state of a page lives in its address, so that every view is a link. Defaults are left out of the address. */
import { useRouter, useRouterState } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

/** Methods, not function fields: a table of codecs of different types is then a `Record<string, Codec<unknown>>`. */
export interface Codec<T> {
  read(text: string | undefined): T;
  /** Undefined = leave it out. */
  write(value: T): string | undefined;
}

export const text = (fallback = ""): Codec<string> => ({
  read: (value) => value ?? fallback,
  write: (value) => (value === fallback ? undefined : value),
});

export const oneOf = <const V extends string>(values: readonly V[], fallback: V): Codec<V> => ({
  read: (value) => values.find((candidate) => candidate === value) ?? fallback,
  write: (value) => (value === fallback ? undefined : value),
});

export const list: Codec<readonly string[]> = {
  read: (value) => (value === undefined || value === "" ? [] : value.split(",")),
  write: (value) => (value.length === 0 ? undefined : value.join(",")),
};

type Shape = Readonly<Record<string, Codec<unknown>>>;
type State<S> = { readonly [K in keyof S]: S[K] extends Codec<infer T> ? T : never };

/** Reads the fields of `shape` from the address; `set` changes some of them, as a new step in the history only with `push`. */
export function useUrlState<S extends Shape>(shape: S) {
  const router = useRouter();
  const search = useRouterState({ select: (state) => state.location.searchStr });
  const state = useMemo(() => readState(shape, search), [shape, search]);
  const set = useCallback(
    (patch: Partial<State<S>>, how: { readonly push?: boolean } = {}) => {
      const here = router.history.location;
      const params = new URLSearchParams(here.search);
      for (const [name, value] of Object.entries(patch)) {
        const codec = shape[name];
        const written = codec?.write(value);
        if (written === undefined) params.delete(name);
        else params.set(name, written);
      }
      const query = params.toString();
      const href = query === "" ? here.pathname : `${here.pathname}?${query}`;
      if (href === here.pathname + here.search) return;
      if (how.push === true) router.history.push(href);
      else router.history.replace(href);
    },
    [router, shape],
  );
  return [state, set] as const;
}

function readState<S extends Shape>(shape: S, search: string): State<S> {
  const params = new URLSearchParams(search);
  const entries = Object.entries(shape);
  return Object.fromEntries(
    entries.map(([name, codec]) => [name, codec.read(params.get(name) ?? undefined)]),
  ) as State<S>;
}
