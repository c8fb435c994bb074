/** use-change: runs a change, says what came of it, and reads on-call, tickets and changes anew. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { explain } from "./client.ts";
import { toast } from "../ui/toast.tsx";

export function useChange(): {
  busy: boolean;
  error: string | undefined;
  run: (work: () => Promise<unknown>, done: string) => Promise<boolean>;
} {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const run = async (work: () => Promise<unknown>, done: string): Promise<boolean> => {
    setBusy(true);
    setError(undefined);
    try {
      await work();
      toast({ title: done });
      await client.invalidateQueries({
        predicate: ({ queryKey }) => /oncall|ticket|changes/.test(String(queryKey[0])),
      });
      return true;
    } catch (reason) {
      setError(explain(reason));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, run };
}
