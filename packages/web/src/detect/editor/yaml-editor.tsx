/** yaml-editor: a text editor for YAML as a React field: colours, completion, findings at their place. It lives in a shadow
 *  root, because there the editor may add its styles under a policy that forbids inline ones. Loaded with the editor only. */
import { autocompletion, type CompletionSource, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, undo } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, type Extension, type Text } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { type Ref, useEffect, useImperativeHandle, useRef } from "react";
import "./yaml-editor.css";

export interface EditorFinding {
  readonly severity: "error" | "warning" | "note";
  readonly message: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
}

export interface EditorHandle {
  /** Puts the cursor there and shows it; 1-based. */
  jump(line: number, column: number): void;
  /** The same, and the keyboard stays where it is. */
  reveal(line: number, column: number): void;
  focus(): void;
  /** Takes the last change of the text back. */
  undo(): void;
}

export interface YamlEditorProps {
  readonly label: string;
  /** A text from outside replaces what is in the editor; what it has told by `onChange` does not. */
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly onSave?: () => void;
  readonly findings: readonly EditorFinding[];
  readonly complete?: CompletionSource;
  readonly readOnly?: boolean;
  readonly handle?: Ref<EditorHandle>;
}

export function YamlEditor(props: YamlEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    if (host.current === null) return;
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: "open" });
    const made = new EditorView({ parent: root, root, state: stateOf(latest) });
    view.current = made;
    return () => {
      made.destroy();
      view.current = null;
    };
  }, []);
  useEffect(() => {
    const made = view.current;
    if (made === null || made.state.doc.toString() === props.text) return;
    made.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: props.text } });
  }, [props.text]);
  useEffect(() => {
    const made = view.current;
    if (made !== null) made.dispatch(setDiagnostics(made.state, props.findings.map(toDiagnostic(made.state.doc))));
  }, [props.findings]);
  useEffect(() => {
    view.current?.dispatch({ effects: writing.reconfigure(writable(props.readOnly !== true)) });
  }, [props.readOnly]);
  useImperativeHandle(props.handle, () => ({
    jump: (line, column) => {
      const made = view.current;
      if (made === null) return;
      const at = placeOf(made.state.doc, line, column);
      made.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
      made.focus();
    },
    reveal: (line, column) => {
      const made = view.current;
      if (made === null) return;
      const at = placeOf(made.state.doc, line, column);
      made.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
    },
    focus: () => view.current?.focus(),
    undo: () => {
      if (view.current !== null) undo(view.current);
    },
  }));
  return <div ref={host} className="yaml-editor" data-typing="true" />;
}

const writing = new Compartment();
const writable = (yes: boolean): Extension => [EditorState.readOnly.of(!yes), EditorView.editable.of(yes)];

function stateOf(latest: { readonly current: YamlEditorProps }): EditorState {
  const { label, text, readOnly } = latest.current;
  return EditorState.create({
    doc: text,
    extensions: [
      lineNumbers(),
      lintGutter(),
      history(),
      drawSelection(),
      bracketMatching(),
      highlightActiveLine(),
      indentUnit.of("  "),
      EditorState.tabSize.of(2),
      yaml(),
      syntaxHighlighting(COLOURS),
      autocompletion({
        override: [(context) => latest.current.complete?.(context) ?? null],
        icons: false,
        maxRenderedOptions: 60,
      }),
      // Tab is left to the page, so that the keyboard is never caught in here; Ctrl-] and Ctrl-[ indent.
      keymap.of([
        { key: "Mod-s", preventDefault: true, run: () => (latest.current.onSave?.(), true) },
        ...completionKeymap,
        ...lintKeymap,
        ...historyKeymap,
        ...defaultKeymap,
      ]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) latest.current.onChange(update.state.doc.toString());
      }),
      EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", dir: "ltr", tabindex: "0" }),
      writing.of(writable(readOnly !== true)),
      LOOK,
    ],
  });
}

function toDiagnostic(doc: Text): (finding: EditorFinding) => Diagnostic {
  return ({ severity, message, line, column }) => {
    const from = placeOf(doc, line, column);
    const end = doc.lineAt(from).to;
    return { from, to: Math.max(from, end), severity: severity === "note" ? "info" : severity, message };
  };
}

/** A finding may be older than the text: it then points at the nearest place there is. */
function placeOf(doc: Text, line: number, column: number): number {
  const found = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return Math.min(found.from + Math.max(column - 1, 0), found.to);
}

const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent-strong)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--text-strong)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--low)" },
  { tag: [tags.comment, tags.meta], color: "var(--text-faint)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator], color: "var(--text-faint)" },
]);

const LOOK = EditorView.theme({
  "&": { height: "100%", color: "var(--text-strong)", backgroundColor: "var(--surface-1)", fontSize: "13px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px", overflow: "auto" },
  ".cm-content": { caretColor: "var(--text-strong)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text-strong)" },
  ".cm-gutters": {
    backgroundColor: "var(--surface-0)",
    color: "var(--text-faint)",
    borderRight: "1px solid var(--line)",
  },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--surface-2) 55%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--accent-weak)",
  },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "var(--surface-3)", outline: "none" },
  ".cm-tooltip": {
    backgroundColor: "var(--surface-1)",
    color: "var(--text-normal)",
    border: "1px solid var(--line-strong)",
    borderRadius: "6px",
    boxShadow: "var(--shadow)",
    fontFamily: "inherit",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "260px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 10px", display: "flex", gap: "16px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--accent-weak)",
    color: "var(--text-strong)",
  },
  ".cm-completionLabel": { flex: "1" },
  ".cm-completionDetail": { fontStyle: "normal", color: "var(--text-faint)" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "600" },
  ".cm-completionInfo": { padding: "8px 10px", maxWidth: "320px", fontSize: "12px" },
  ".cm-diagnostic": { padding: "6px 10px", fontSize: "12px", borderLeft: "3px solid var(--info)" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--critical)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--medium)" },
  ".cm-lintRange-error": {
    background: "none",
    textDecoration: "underline wavy var(--critical) 1px",
    textUnderlineOffset: "3px",
  },
  ".cm-lintRange-warning": {
    background: "none",
    textDecoration: "underline wavy var(--medium) 1px",
    textUnderlineOffset: "3px",
  },
  ".cm-lintRange-info": {
    background: "none",
    textDecoration: "underline dotted var(--info) 1px",
    textUnderlineOffset: "3px",
  },
  ".cm-lint-marker": { width: "10px", height: "10px", marginTop: "5px", content: '""', borderRadius: "50%" },
  ".cm-lint-marker-error": { backgroundColor: "var(--critical)", borderRadius: "2px", content: '""' },
  ".cm-lint-marker-warning": { backgroundColor: "var(--medium)", content: '""' },
  ".cm-lint-marker-info": { backgroundColor: "var(--info)", content: '""' },
  ".cm-panels": { backgroundColor: "var(--surface-2)", color: "var(--text-normal)" },
});
