/** tabs: a few views of one thing. The open one is the caller's to keep, so that it can live in the address. */
import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";
import "./tabs.css";

export interface Tab<V extends string> {
  readonly value: V;
  readonly label: string;
  /** A count or a mark after the label. */
  readonly mark?: ReactNode;
}

export function Tabs<V extends string>(props: {
  label: string;
  tabs: readonly Tab<V>[];
  value: V;
  onChange: (value: V) => void;
  children: ReactNode;
  tools?: ReactNode;
  /** Fill the height; the panel scrolls inside. */
  fill?: boolean;
}) {
  return (
    <Base.Root
      className={props.fill === true ? "tabs fill" : "tabs"}
      value={props.value}
      onValueChange={(next) => {
        const tab = props.tabs.find((candidate) => candidate.value === next);
        if (tab !== undefined) props.onChange(tab.value);
      }}
    >
      <div className="tabs-bar">
        <Base.List className="tabs-list" aria-label={props.label} activateOnFocus={false}>
          {props.tabs.map((tab) => (
            <Base.Tab key={tab.value} value={tab.value} className="tab">
              {tab.label}
              {tab.mark !== undefined && <span className="tab-mark">{tab.mark}</span>}
            </Base.Tab>
          ))}
        </Base.List>
        {props.tools}
      </div>
      <Base.Panel value={props.value} className="tabs-panel" tabIndex={-1}>
        {props.children}
      </Base.Panel>
    </Base.Root>
  );
}
