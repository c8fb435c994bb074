/** drawer: the opened item beside its list. It is not modal: j and k go on in the list; Escape closes it. */
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import "./drawer.css";

export function Drawer(props: {
  label: string;
  /** Second row under the heading: what can be done. */
  actions?: ReactNode;
  heading: ReactNode;
  /** 480 px, or half of the page for wide content. */
  size?: "normal" | "half";
  onClose: () => void;
  children: ReactNode;
}) {
  return (
    <aside className={`drawer ${props.size ?? "normal"}`} aria-label={props.label}>
      <header className="drawer-head">
        <div className="row between drawer-title">
          <div className="grow">{props.heading}</div>
          <Button variant="ghost" icon={<X size={16} />} label="Close" keys="Escape" onClick={props.onClose} />
        </div>
        {props.actions !== undefined && <div className="row wrap drawer-actions">{props.actions}</div>}
      </header>
      <div className="drawer-body">{props.children}</div>
    </aside>
  );
}

/** A titled part of a drawer or page. */
export function Section({ title, tools, children }: { title: string; tools?: ReactNode; children: ReactNode }) {
  return (
    <section className="section" aria-label={title}>
      <div className="row between">
        <h3>{title}</h3>
        {tools}
      </div>
      {children}
    </section>
  );
}

/** Name and value pairs; a null value is left out. */
export function Facts({ items }: { items: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="facts">
      {items
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <div key={name} className="fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
