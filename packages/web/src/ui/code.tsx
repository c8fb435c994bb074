/** code: log text as evidence: exact characters in text nodes, hidden ones made visible, copy gives the raw text, never a link.
 *  A hidden character stays in the document inside an isolated box, so that a selection copies it and it can't reorder its line. */
import { Copy, WrapText } from "lucide-react";
import { useState } from "react";
import { Button } from "./button.tsx";
import "./code.css";
import { toast } from "./toast.tsx";
import { visiblePieces } from "./visible.ts";

/** Untrusted text inside a line: titles, host names, field values. */
export function LogText({ text, mono = false }: { text: string; mono?: boolean }) {
  return <bdi className={mono ? "log-text mono" : "log-text"}>{pieces(text.slice(0, INLINE_LIMIT), true)}</bdi>;
}

/** Untrusted text as a block, with copy and, when it is long, a cut that says so. */
export function Code({ text, label, wrap: wrapAtFirst = true }: { text: string; label: string; wrap?: boolean }) {
  const [whole, setWhole] = useState(false);
  const [wrap, setWrap] = useState(wrapAtFirst);
  const cut = !whole && text.length > BLOCK_LIMIT;
  return (
    <figure className="code" aria-label={label}>
      <div className="code-tools">
        <Button
          size="compact"
          variant="ghost"
          icon={<WrapText size={14} />}
          onClick={() => setWrap(!wrap)}
          pressed={wrap}
        >
          Wrap
        </Button>
        <Button size="compact" variant="ghost" icon={<Copy size={14} />} onClick={() => copyText(text, label)}>
          Copy
        </Button>
      </div>
      <pre className={wrap ? "code-text wrap" : "code-text"} tabIndex={0} role="region" aria-label={label} dir="ltr">
        {pieces(cut ? text.slice(0, BLOCK_LIMIT) : text, false)}
      </pre>
      {cut && (
        <Button size="compact" variant="ghost" onClick={() => setWhole(true)}>
          Show all {text.length.toLocaleString("en")} characters
        </Button>
      )}
    </figure>
  );
}

/** Puts exact text on the clipboard and says so. */
export function copyText(text: string, what: string): void {
  navigator.clipboard.writeText(text).then(
    () => toast({ title: `${what} copied` }),
    () =>
      toast({
        title: `${what} could not be copied`,
        body: "The browser refused access to the clipboard.",
        tone: "error",
      }),
  );
}

const INLINE_LIMIT = 600;
const BLOCK_LIMIT = 4000;

function pieces(text: string, oneLine: boolean) {
  return visiblePieces(text, oneLine).map((piece, at) =>
    piece.glyph === undefined ? (
      piece.text
    ) : (
      <span key={at} className="glyph" data-glyph={piece.glyph.label} title={piece.glyph.name}>
        {piece.text}
      </span>
    ),
  );
}
