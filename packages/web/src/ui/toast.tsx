/** toast: says that something was done, or could not be, without moving the page. Errors stay until they are dismissed. */
import { X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { Button } from "./button.tsx";
import "./toast.css";

export interface Toast {
  readonly title: string;
  readonly body?: string | undefined;
  readonly tone?: "done" | "error";
  readonly action?: { readonly label: string; readonly run: () => void } | undefined;
}

export function toast(message: Toast): void {
  const id = ++lastId;
  shown = [...shown.slice(-3), { ...message, id }];
  changed();
  if (message.tone !== "error") window.setTimeout(() => dismiss(id), 6000);
}

export function ToastLayer() {
  const items = useSyncExternalStore(subscribe, () => shown);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {items.map((item) => (
        <div key={item.id} className={`toast ${item.tone ?? "done"}`}>
          <div className="grow">
            <strong>{item.title}</strong>
            {item.body !== undefined && <p>{item.body}</p>}
          </div>
          {item.action !== undefined && (
            <Button
              size="compact"
              onClick={() => {
                item.action?.run();
                dismiss(item.id);
              }}
            >
              {item.action.label}
            </Button>
          )}
          <Button
            size="compact"
            variant="ghost"
            icon={<X size={14} />}
            label="Dismiss"
            onClick={() => dismiss(item.id)}
          />
        </div>
      ))}
    </div>
  );
}

let shown: readonly (Toast & { readonly id: number })[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function changed(): void {
  for (const listener of listeners) listener();
}

function dismiss(id: number): void {
  shown = shown.filter((item) => item.id !== id);
  changed();
}
