/** title: the title of the browser tab. */
import { useEffect } from "react";

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === "" ? "Holdfast" : `${title} · Holdfast`;
  }, [title]);
}
