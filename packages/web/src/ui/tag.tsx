/** tag: a short word about something. Grey unless the tone is a state; a chip is a tag that can be taken away. */
import { X } from "lucide-react";
import type { ReactNode } from "react";
import "./tag.css";

export type Tone = "neutral" | "accent" | "critical" | "high" | "medium" | "low" | "ok" | "exercise";

export function Tag({ children, tone = "neutral", tip }: { children: ReactNode; tone?: Tone; tip?: string }) {
  return (
    <span className={`tag ${tone}`} data-tip={tip}>
      {children}
    </span>
  );
}

export function Chip({ name, children, onRemove }: { name: string; children: ReactNode; onRemove: () => void }) {
  return (
    <span className="tag chip">
      <span className="faint">{name}</span>
      <span className="truncate">{children}</span>
      <button type="button" className="chip-remove" aria-label={`Remove the filter ${name}`} onClick={onRemove}>
        <X size={12} />
      </button>
    </span>
  );
}
