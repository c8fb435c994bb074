/** loki-labels: the text that names a stream, `{level="error",app="a"}`, as labels. Total: what it cannot read it leaves out. */
export function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(PAIR)) {
    if (name === undefined || value === undefined) continue;
    const plain = value.replaceAll(/\\(.)/gs, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
    Object.defineProperty(labels, name, { value: plain, enumerable: true, configurable: true, writable: true });
  }
  return labels;
}

const PAIR = /([A-Za-z_][\w.]*)\s*=\s*"((?:[^"\\]|\\.)*)"/gs;
