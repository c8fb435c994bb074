/** page: the layout of a page (heading, tools, body, drawer) and of a panel inside it. Pages own no CSS beyond this. */
import type { ReactNode } from "react";
import "./page.css";

export function Page(props: {
  title: string;
  /** After the title, on its line. */
  note?: ReactNode;
  tools?: ReactNode;
  /** Rows of controls under the title. */
  bar?: ReactNode;
  drawer?: ReactNode;
  /** The body scrolls as a whole instead of filling the height. */
  scroll?: boolean;
  children: ReactNode;
}) {
  return (
    <main className="page" id="main" tabIndex={-1}>
      <div className="page-column">
        <header className="page-head">
          <div className="row grow">
            <h1>{props.title}</h1>
            {props.note}
          </div>
          <div className="row">{props.tools}</div>
        </header>
        {props.bar !== undefined && props.bar !== false && <div className="page-bar">{props.bar}</div>}
        <div className={props.scroll === true ? "page-body scroll" : "page-body"}>{props.children}</div>
      </div>
      {props.drawer}
    </main>
  );
}

export function Panel(props: {
  title?: string;
  note?: ReactNode;
  tools?: ReactNode;
  flush?: boolean;
  children: ReactNode;
}) {
  return (
    <section className="panel" aria-label={props.title}>
      {props.title !== undefined && (
        <header className="panel-head">
          <div className="row">
            <h2>{props.title}</h2>
            {props.note !== undefined && <span className="faint small">{props.note}</span>}
          </div>
          {props.tools}
        </header>
      )}
      <div className={props.flush === true ? "panel-body flush" : "panel-body"}>{props.children}</div>
    </section>
  );
}
