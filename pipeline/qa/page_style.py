"""How report.html looks: dark and neutral, so that colours are judged rightly; no script, no other file."""

from __future__ import annotations

STYLE = """
:root{color-scheme:dark;--g0:#161617;--g1:#1e1e20;--g2:#2b2b2e;--g3:#46464a;--g4:#8e8e94;--g5:#c9c9cd;--g6:#f2f2f3;
--pass:#7fc49a;--warn:#e0b060;--fail:#ec8276}
*{box-sizing:border-box}body{margin:0;background:var(--g0);color:var(--g5);
font:15px/1.55 Inter,system-ui,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1180px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:26px;line-height:1.3;font-weight:600;color:var(--g6);margin:0 0 4px}
h2{font-size:14px;font-weight:600;color:var(--g4);margin:40px 0 12px}
.pass{color:var(--pass)}.warn{color:var(--warn)}.fail,.not-verifiable{color:var(--fail)}.not-applicable{color:var(--g4)}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:12px}figure{margin:0;min-width:0}
figure img{display:block;max-width:100%;max-height:72vh;background:var(--g1)}
figcaption{color:var(--g4);font-size:13px;padding-top:6px}
details{border-top:1px solid var(--g2)}details:last-of-type{border-bottom:1px solid var(--g2)}
summary{display:grid;grid-template-columns:22px minmax(0,1fr) auto;gap:8px;padding:10px 4px;cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}summary:focus-visible{outline:2px solid #7aa7ff;outline-offset:-2px}
summary b{font-weight:500;color:var(--g6)}summary small{display:block;color:var(--g4);font-size:13px}
.value{text-align:right;white-space:nowrap;color:var(--g5)}.value small{color:var(--g4)}
details>div{padding:0 4px 16px 34px}details img{max-width:100%;display:block;margin-top:8px}
table{border-collapse:collapse;font-size:13px}td,th{text-align:left;padding:3px 16px 3px 0;vertical-align:top;
overflow-wrap:anywhere;font-weight:400}th{color:var(--g4);overflow-wrap:normal}
.note{border-left:2px solid var(--g3);padding:2px 0 2px 12px;margin:12px 0}
.view{position:relative;overflow:hidden;background:var(--g1)}
.sheet{position:relative;width:fit-content;max-width:100%;margin:0 auto;transition:transform .18s ease-out;transform-origin:var(--x,50%) var(--y,50%);transform:scale(var(--z,1))}
.sheet img{width:auto;max-width:100%}.sheet svg{position:absolute;inset:0;width:100%;height:100%}
.sheet rect{fill:none;stroke-width:1.5px;vector-effect:non-scaling-stroke;opacity:.9}
.sheet .kept{stroke:transparent}.sheet .changed{stroke:var(--warn)}.sheet .lost,.sheet .added{stroke:var(--fail)}
.sheet .hidden,.sheet .unclear{stroke:var(--g4);stroke-dasharray:3 3}
.places{position:absolute;inset:0;display:grid;grid-template:repeat(5,1fr)/repeat(5,1fr)}.places label{cursor:zoom-in}
input[name=zoom]{position:absolute;opacity:0;pointer-events:none}
.whole{display:none;position:absolute;right:8px;top:8px;padding:3px 10px;border-radius:4px;background:var(--g0);color:var(--g6);cursor:zoom-out;font-size:13px}
main:has(input[name=zoom]:not(#z-0):checked) .whole{display:block}
main:has(input[name=zoom]:focus-visible) .view{outline:2px solid #7aa7ff;outline-offset:2px}
.ledger{columns:2 380px;column-gap:28px;padding:0;margin:4px 0 0;list-style:none}.ledger li{break-inside:avoid}
.ledger label{display:grid;grid-template-columns:18px minmax(0,1fr) auto;gap:8px;padding:3px 6px;border-radius:4px;cursor:zoom-in}
.ledger label:hover{background:var(--g2);color:var(--g6)}.ledger small{color:var(--g4)}
.changed{color:var(--warn)}.lost,.added{color:var(--fail)}.kept{color:var(--pass)}.hidden,.unclear{color:var(--g4)}
.ledger label{color:var(--g5)}
summary>span:empty::before{content:"▸";color:var(--g4)}details[open]>summary>span:empty::before{content:"▾"}
@media (max-width:640px){.pair{grid-template-columns:1fr}.value small{display:none}
summary:has(.value){grid-template-columns:22px minmax(0,1fr)}.value{grid-column:2;text-align:left;white-space:normal}}
@media (min-width:1800px){main{max-width:1720px}.ledger{columns:3 380px}}
@media (prefers-reduced-motion:reduce){.sheet{transition:none}}
@media print{:root{color-scheme:light;--g0:#fff;--g1:#f4f4f4;--g2:#ddd;--g4:#666;--g5:#222;--g6:#000;--pass:#1c6b3c;
--warn:#8a5a00;--fail:#a3271b}}
"""
