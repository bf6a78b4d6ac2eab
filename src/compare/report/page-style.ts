import { ARM_NAMES } from '../arms/arm.ts';
import { armClass, DASH_STYLE } from './charts/arm-mark.ts';
import { SEGMENT_STYLE } from './charts/segment-mark.ts';
import { DARK, LIGHT, type Palette } from './palette.ts';

function variables({ arms, segments, ...plain }: Palette): string {
  const own = Object.entries(plain).map(([name, color]) => `--${name}:${color}`);
  const ofArms = [...ARM_NAMES, 'other' as const].map((name) => `--${armClass(name)}:${arms[name]}`);
  const ofSegments = segments.map((color, kind) => `--segment-${kind}:${color}`);
  return [...own, ...ofArms, ...ofSegments].join(';');
}

const PER_ARM = [...ARM_NAMES, 'other'].map((name) => `.${armClass(name)}{--own:var(--${armClass(name)})}`).join('\n');

export const PAGE_STYLE = `
:root{color-scheme:light dark;${variables(LIGHT)}}
@media screen and (prefers-color-scheme:dark){:root{${variables(DARK)}}}
${PER_ARM}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{max-width:74rem;margin:0 auto;padding:1rem}
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0}
h2{font-size:1.3rem;line-height:1.3;margin:2.5rem 0 .5rem;border-top:1px solid var(--grid);padding-top:1rem}
h3{font-size:1.05rem;margin:1.5rem 0 .5rem}
p,ul,dl{max-width:48rem}
p{margin:.5rem 0}
ul{padding-left:1.25rem}
li{margin:.25rem 0}
a{color:inherit;text-underline-offset:.2em}
a:focus-visible,summary:focus-visible,.table:focus-visible{outline:3px solid var(--arm-4);outline-offset:2px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}
dt{font-weight:600;display:flex;align-items:center;gap:.4rem;align-self:start}
dd{margin:0;overflow-wrap:anywhere}
@media (max-width:34rem){dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}}
nav ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.35rem 1.25rem;max-width:none}
li,td,p,summary,h2{overflow-wrap:anywhere}
.verdict{font-weight:600;color:var(--good)}
.verdict.failed,.failed{color:var(--bad)}
.finding{border-left:3px solid var(--arm-4);padding-left:.75rem}
.withheld{border-left:3px dashed var(--soft);padding-left:.75rem;color:var(--soft)}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,21.5rem),1fr));gap:1rem;margin:1rem 0;align-items:start}
figure{margin:0;background:var(--panel);border-radius:6px;padding:.5rem;min-width:0}
figcaption{font-size:.875rem;line-height:1.4;margin-bottom:.6rem;overflow-wrap:anywhere}
svg{display:block;width:100%;height:auto;max-width:30rem;font:13px system-ui,sans-serif}
svg.key{width:14px;height:14px;flex:none}
svg.patterns{position:absolute;width:0;height:0}
svg text{fill:var(--text)}
svg .tick{fill:var(--soft);font-size:12px}
svg .name,svg .value{font-size:12px}
svg .value{font-variant-numeric:tabular-nums}
svg .heading{font-weight:600}
svg .grid{stroke:var(--grid)}
svg .zero{stroke:var(--soft)}
svg .expected{stroke:var(--text);stroke-width:2}
svg .whisker{stroke:var(--text);stroke-width:2}
svg .bar{fill:var(--own)}
svg .sign{fill:var(--own);stroke:var(--own);stroke-width:1.5}
svg .sign.hollow{fill:var(--panel)}
svg .hanging{fill:none;stroke:var(--soft);stroke-width:1.5;stroke-dasharray:5 4}
svg .curve,svg .curve-key{fill:none;stroke:var(--own);stroke-width:1.75;stroke-linejoin:round}
svg .band{fill:var(--own);opacity:.2}
svg .good{fill:var(--own);opacity:.55}
svg .offered{fill:none;stroke:var(--soft);stroke-width:1.25;stroke-dasharray:2 2}
svg .attempts{fill:none;stroke:var(--text);stroke-width:1.25}
svg .open{fill:var(--bad)}
svg .half-open{fill:var(--panel);stroke:var(--bad);stroke-width:1.5}
svg .window{fill:var(--bad);opacity:.12}
svg .window-edge{stroke:var(--bad);stroke-dasharray:3 3}
svg .noise{fill:var(--soft);opacity:.25}
svg .hatch{stroke:var(--panel);stroke-width:1.5;fill:none}
svg .verdict{stroke:var(--text);stroke-width:1.5;fill:none}
svg .exact{fill:var(--good);stroke:var(--good)}
svg .approximate{stroke:var(--arm-5)}
svg .lost{stroke:var(--bad);stroke-width:2.25}
svg .stays{stroke:var(--arm-4)}
${DASH_STYLE}
${SEGMENT_STYLE}
.table{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--grid);text-align:left;white-space:nowrap;vertical-align:top}
thead th{border-bottom-color:var(--soft)}
td.words{white-space:normal;min-width:14rem}
.right{text-align:right}
.legend,.soft{color:var(--soft);font-size:.875rem}
details{margin:.5rem 0}
summary{cursor:pointer;padding:.2rem 0}
code{overflow-wrap:anywhere;font-size:.875rem}
@media print{
body{font-size:11pt}
main{max-width:none;padding:0}
figure{break-inside:avoid;border:1px solid var(--grid)}
h2,h3{break-after:avoid}
tr{break-inside:avoid}
.table{overflow:visible}
table{font-size:8pt}
th,td{white-space:normal;padding:.15rem .3rem}
nav{display:none}
details::details-content{content-visibility:visible;display:block;height:auto}
*{print-color-adjust:exact}
}
`;
