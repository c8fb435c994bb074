/** settled-text: a text as it was when typing last paused, so that nothing is asked at every key. */
import { useEffect, useState } from "react";

export function useSettledText(text: string, afterMs: number): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(text), afterMs);
    return () => window.clearTimeout(timer);
  }, [text, afterMs]);
  return settled;
}
