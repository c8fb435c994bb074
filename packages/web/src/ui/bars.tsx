/** bars: the two lines that appear above a list: what is new since it was read, and what can be done with the selected rows. */
import type { ReactNode } from "react";
import { count } from "./number.ts";
import "./bars.css";

/** Rows never jump: what is new waits here until it is asked for. */
export function NewBar({ news, what, onShow }: { news: number; what: string; onShow: () => void }) {
  return (
    <div className="new-slot" role="status">
      {news > 0 && (
        <button type="button" className="new-bar" onClick={onShow}>
          {count(news)} new {what} · show
        </button>
      )}
    </div>
  );
}

export function SelectionBar({ text, children }: { text: string; children: ReactNode }) {
  return (
    <div className="selection-bar" role="toolbar" aria-label="Selected rows">
      <strong>{text}</strong>
      {children}
    </div>
  );
}
