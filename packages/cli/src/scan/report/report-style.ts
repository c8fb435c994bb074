/** report-style: how a report looks: the product's colours by role, light and dark as the reader's system is, and on paper. Colour
 *  means severity and nothing else. */

export const REPORT_STYLE = `
:root{color-scheme:light dark;--page:#f5f6f8;--sheet:#fff;--well:#eef0f3;--line:#e0e4e8;--axis:#868f99;--strong:#12161b;--text:#343c46;--faint:#565f6a;--accent:#0c6464;
--critical:#b0101c;--critical-weak:#fbe4e4;--high:#a53f00;--high-weak:#fbe9dc;--medium:#745200;--medium-weak:#f7eecb;--low:#2f5597;--low-weak:#e2eaf8;--informational:#525c67;--informational-weak:#e9ecef;
--c-critical:#b0101c;--c-high:#d9692a;--c-medium:#d1a52f;--c-low:#7d9bd1;--c-informational:#b4bec8}
@media screen and (prefers-color-scheme:dark){:root{--page:#0e1114;--sheet:#14181c;--well:#1c2126;--line:#262c33;--axis:#69747f;--strong:#eff2f5;--text:#c6cdd5;--faint:#98a2ad;--accent:#52bdb7;
--critical:#ff7d7a;--critical-weak:#3a1a1c;--high:#ff9e58;--high-weak:#38230f;--medium:#e0bd4c;--medium-weak:#322a10;--low:#90b6f7;--low-weak:#1a2740;--informational:#a1acb7;--informational-weak:#22282e;
--c-critical:#f0605d;--c-high:#d97b3a;--c-medium:#b8952f;--c-low:#5c7fbd;--c-informational:#47525d}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:400 14px/22px "Inter Variable",Inter,system-ui,-apple-system,"Segoe UI",sans-serif;-webkit-font-smoothing:antialiased}
main{max-width:1120px;margin:0 auto;padding:40px 32px 64px}
h1,h2,h3,p,ul,ol,dl,dd,figure,table{margin:0;padding:0}
ul,ol{list-style:none}
h1,h2,h3,strong,th,summary{color:var(--strong);font-weight:600}
h1{font-size:28px;line-height:36px;letter-spacing:-.015em;max-width:26em;text-wrap:balance}
h2{font-size:18px;line-height:26px;letter-spacing:-.005em}
h3{font-size:14px;line-height:22px}
.brand{display:flex;justify-content:space-between;gap:16px;flex-wrap:wrap;font-size:12px;line-height:18px;color:var(--faint);margin-bottom:20px}
.brand b{color:var(--accent);font-weight:600}
.lead{font-size:15px;line-height:24px;max-width:46em;margin-top:12px}
.faint{color:var(--faint)}
.small{font-size:12px;line-height:18px}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.mono,code{font:400 12px/18px "JetBrains Mono Variable","JetBrains Mono",ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-variant-ligatures:none}
section{margin-top:44px}
section>h2+p{margin-top:4px;color:var(--faint);max-width:52em}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));background:var(--sheet);border:1px solid var(--line);border-radius:8px;overflow:hidden;margin-top:28px}
.facts>div{box-shadow:1px 1px 0 var(--line);padding:14px 18px}
.facts dt{font-size:12px;line-height:18px;color:var(--faint)}
.facts dd{font-size:20px;line-height:28px;font-weight:600;color:var(--strong);font-variant-numeric:tabular-nums;letter-spacing:-.01em}
.facts dd small{font-size:12px;line-height:18px;font-weight:400;color:var(--faint);letter-spacing:0;display:block}
.sheet{background:var(--sheet);border:1px solid var(--line);border-radius:8px;margin-top:14px}
figure.sheet{padding:18px 20px 12px}
svg{display:block;width:100%;height:auto;overflow:visible}
svg text{font:400 11px/14px "Inter Variable",Inter,system-ui,sans-serif;fill:var(--faint);font-variant-numeric:tabular-nums}
svg .label{fill:var(--text)}
svg .grid{stroke:var(--line)}
svg .axis{stroke:var(--axis)}
.critical-fill{fill:var(--c-critical)}.high-fill{fill:var(--c-high)}.medium-fill{fill:var(--c-medium)}.low-fill{fill:var(--c-low)}.informational-fill{fill:var(--c-informational)}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:12px;line-height:18px;color:var(--faint);margin-bottom:12px}
.legend svg{display:inline-block;width:10px;height:10px;margin-right:6px;vertical-align:-1px}
.level{display:inline-flex;align-items:center;gap:6px;height:22px;padding:0 8px;border-radius:4px;font-size:12px;line-height:22px;font-weight:600;white-space:nowrap}
.level svg{width:10px;height:10px;flex:none;fill:currentColor}
.level.critical{color:var(--critical);background:var(--critical-weak)}.level.high{color:var(--high);background:var(--high-weak)}.level.medium{color:var(--medium);background:var(--medium-weak)}.level.low{color:var(--low);background:var(--low-weak)}.level.informational{color:var(--informational);background:var(--informational-weak)}
.first{display:grid;gap:1px;background:var(--line);overflow:hidden}
.first>li{background:var(--sheet);display:grid;grid-template-columns:104px minmax(0,1fr) 220px;gap:4px 16px;padding:16px 20px}
.first h3{font-size:15px}
.first p{max-width:52em}
.first .when{text-align:right}
.group{margin-top:14px}
.group>summary{padding:10px 0;cursor:pointer;font-size:14px;list-style:none;display:flex;gap:10px;align-items:center}
.group>summary::-webkit-details-marker,.rule>summary::-webkit-details-marker{display:none}
.rules{overflow:hidden;margin-top:0}
.rule{border-top:1px solid var(--line)}
.rule:first-child{border-top:0}
.rule>summary{display:grid;grid-template-columns:16px minmax(0,1fr) 76px 72px 172px;gap:12px;align-items:baseline;padding:9px 18px;cursor:pointer;list-style:none;font-weight:400}
.rule>summary:hover{background:var(--well)}
.rule>summary>b{font-weight:600;color:var(--strong)}
.rule>summary>*{overflow-wrap:anywhere}
.rule[open]>summary{border-bottom:1px solid var(--line)}
.turn{fill:var(--faint);width:9px;height:9px;align-self:center}
details[open]>summary .turn{transform:rotate(90deg)}
.head{display:grid;grid-template-columns:16px minmax(0,1fr) 76px 72px 172px;gap:12px;padding:7px 18px;border-bottom:1px solid var(--line);font-size:12px;line-height:18px;color:var(--faint)}
.inside{padding:16px 18px 18px 46px;display:grid;gap:14px}
.inside>p{max-width:52em;white-space:pre-line;overflow-wrap:anywhere}
.meta{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:4px 16px;font-size:12px;line-height:18px}
.meta dt{color:var(--faint)}
.meta dd{overflow-wrap:anywhere}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:12px;line-height:18px}
th{text-align:left;font-weight:400;color:var(--faint);padding:7px 14px 7px 0;border-bottom:1px solid var(--line);white-space:nowrap;vertical-align:bottom}
th.number{text-align:right}
td{padding:7px 14px 7px 0;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child>td{border-bottom:0}
td:last-child,th:last-child{padding-right:0}
td.time{white-space:nowrap;font-variant-numeric:tabular-nums}
td.why{overflow-wrap:anywhere;min-width:260px}
td.why dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:0 10px}
td.why dt{color:var(--faint)}
td.from{max-width:240px;overflow-wrap:anywhere;color:var(--faint)}
.wide{padding:6px 18px}
.zero{color:var(--axis)}
.tactics{display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));overflow:hidden}
.tactics>li{box-shadow:1px 1px 0 var(--line);padding:12px 18px 14px}
.tactics .count{font-variant-numeric:tabular-nums}
.tactics h3{display:flex;justify-content:space-between;gap:8px}
.tactics svg{margin:6px 0 8px;height:4px}
.tactics .bar{fill:var(--accent)}.tactics .rail{fill:var(--well)}
.chips{display:flex;flex-wrap:wrap;gap:4px 10px;color:var(--faint);font-size:12px;line-height:18px}
.note{padding:14px 18px;display:grid;gap:6px}
.note li{overflow-wrap:anywhere}
.note ol{display:grid;gap:4px;font-size:12px;line-height:18px}
.note>details>summary{cursor:pointer;padding:2px 0}
.note details>ol{padding:8px 0 4px}
footer{margin-top:56px;padding-top:16px;border-top:1px solid var(--line);color:var(--faint);font-size:12px;line-height:18px;display:grid;gap:4px;overflow-wrap:anywhere}
summary:focus-visible{outline:2px solid var(--accent);outline-offset:-2px;border-radius:4px}
@media (max-width:760px){figure.sheet{overflow-x:auto}figure>svg{min-width:680px}main{padding:24px 16px 40px}h1{font-size:22px;line-height:30px}.first>li{grid-template-columns:1fr}.first .when{text-align:left}.rule>summary,.head{grid-template-columns:16px minmax(0,1fr) 64px}.rule>summary>:nth-child(n+4),.head>:nth-child(n+4){display:none}.inside{padding-left:18px}}
@page{margin:14mm}
@media print{:root{color-scheme:light;--page:#fff;--well:#f3f4f6}body{font-size:11px;line-height:16px}main{max-width:none;padding:0}section{margin-top:26px}h1{font-size:22px;line-height:28px}h2{break-after:avoid}.rule,.first>li,.tactics>li,tr,figure,.facts{break-inside:avoid}.rule[open]{break-inside:auto}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}.rule>summary{padding:5px 12px}.scroll{overflow:visible}}
`;
