/** Okabe and Ito's palette, which is told apart with any colour vision; lighter where the page is dark. */
const LIGHT = { bare: '#767676', process: '#0072b2', sidecar: '#c77f00', both: '#d55e00', auto: '#00835d' };
const DARK = { bare: '#a5a5a5', process: '#56b4e9', sidecar: '#e69f00', both: '#ff8c55', auto: '#2fc99a' };

const variables = (colors: Readonly<Record<string, string>>): string =>
  Object.entries(colors)
    .map(([arm, color]) => `--${arm}:${color};`)
    .join('');

const perArm = Object.keys(LIGHT)
  .map((arm) => `.${arm}{--own:var(--${arm})}.fill-${arm}{background:var(--${arm})}`)
  .join('\n');

export const PAGE_STYLE = `
:root{${variables(LIGHT)}--text:#1b1b1b;--soft:#5c5c5c;--page:#fff;--panel:#f5f5f3;--grid:#d9d9d6;--outage:#d55e0022;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{${variables(DARK)}--text:#e8e8e6;--soft:#a9a9a6;--page:#161616;--panel:#212121;--grid:#3c3c3a;--outage:#ff8c5526;--bad:#ff8a80}}
${perArm}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{max-width:64rem;margin:0 auto;padding:1rem}
h1{font-size:1.6rem;line-height:1.2}
h2{font-size:1.25rem;margin:2.5rem 0 .5rem}
p{max-width:48rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;max-width:48rem}
dt{font-weight:600}
dd{margin:0;overflow-wrap:anywhere}
.key{display:inline-block;width:.8em;height:.8em;margin-right:.5em;border-radius:2px}
.verdict{font-weight:600}
.failed{color:var(--bad)}
.finding{border-left:3px solid var(--process);padding-left:.75rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));gap:1rem}
figure{margin:0;background:var(--panel);border-radius:6px;padding:.75rem}
figcaption{font-weight:600;font-size:.9rem;margin-bottom:.5rem}
.words{color:var(--soft);font-size:.8rem;margin:.5rem 0 0}
svg{display:block;width:100%;height:auto;font:13px system-ui,sans-serif}
svg text{fill:var(--text)}
svg .tick{fill:var(--soft);font-size:12px}
svg .value{font-size:12px}
svg .grid{stroke:var(--grid)}
svg .mark{stroke:var(--text);stroke-width:2}
svg .fill{fill:var(--own)}
svg .hollow{fill:var(--panel);stroke:var(--own);stroke-width:1.5}
svg .hanging{fill:none;stroke:var(--own);stroke-width:1.5;stroke-dasharray:5 4}
svg .strip{stroke:var(--own);stroke-width:1.5;opacity:.6}
svg .area{fill:var(--own);opacity:.55}
svg .attempts{fill:none;stroke:var(--text);stroke-width:1.25}
svg .outage{fill:var(--outage)}
.table{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--grid);text-align:left;white-space:nowrap}
.right{text-align:right}
.legend{color:var(--soft);font-size:.85rem;margin:.5rem 0}
details{margin:.5rem 0}
summary{cursor:pointer}
code{overflow-wrap:anywhere}
`;
