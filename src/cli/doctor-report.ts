import { styleText } from 'node:util';
import { meshNamed } from '../meshes/list.ts';
import type { Examined } from '../ownership/diagnosis/examine.ts';
import { type Finding, SEVERITIES } from '../ownership/diagnosis/finding.ts';
import { ownersTable } from '../ownership/explain.ts';
import type { FoundMesh } from '../ownership/looking/seen.ts';
import type { UpstreamConfig } from '../policy/config.ts';
import { isWildcard } from '../policy/host-pattern.ts';
import { coverageLines, readingLine } from './coverage-lines.ts';
import type { DoctorResult } from './doctor-json.ts';
import { probeLines } from './probe-lines.ts';

type Style = Parameters<typeof styleText>[0];
type Styled = (style: Style, text: string) => string;

const STYLES = { error: 'red', warning: 'yellow', info: 'cyan' } as const satisfies Record<Finding['severity'], Style>;

/** The whole report as text; without escape codes when `color` is false. Ends with a line break. */
export function doctorReport(result: DoctorResult, color: boolean): string {
  const styled: Styled = (style, text) => (color ? styleText(style, text, { validateStream: false }) : text);
  const { examination } = result;
  const blocks = [
    heading(result, styled),
    here(result, styled),
    ...examination.targets.map((target) => ofTarget(target, result, styled)),
    findingsBlock(result.findings, styled),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function heading({ file, config, examination }: DoctorResult, styled: Styled): string[] {
  const count = config.upstreams.length;
  const policies =
    file === undefined ? 'no policy file' : `${count} ${count === 1 ? 'upstream' : 'upstreams'} in ${file}`;
  const asked = new Set(examination.targets.map(({ policy }) => policy.upstream));
  const left = config.upstreams.filter(({ policy }) => !asked.has(policy.upstream));
  const named = left.filter(({ match }) => match.some(({ host }) => !isWildcard(host)));
  const nameless = left.filter((upstream) => !named.includes(upstream));
  return [
    `${styled('bold', 'meshwise doctor')}: mode ${examination.mode}, ${policies}`,
    ...notExamined('no match names one host', nameless),
    ...notExamined('there are too many', named),
  ];
}

function notExamined(why: string, upstreams: readonly UpstreamConfig[]): string[] {
  const names = upstreams.map(({ policy }) => policy.upstream);
  return names.length === 0 ? [] : [`not examined, as ${why}: ${names.join(', ')}`];
}

function here({ examination }: DoctorResult, styled: Styled): string[] {
  const { found } = examination.seen;
  const lines = found.flatMap((mesh) => [`  ${describe(mesh)}`, ...mesh.evidence.map((line) => `    ${line}`)]);
  return [styled('bold', 'Here'), ...(lines.length === 0 ? ['  nothing of a mesh'] : lines)];
}

function describe({ mesh, kind, state, ours, declared }: FoundMesh): string {
  const title = meshNamed(mesh)?.title ?? mesh;
  if (kind === 'stranger') return `no ${title}: another program`;
  if (kind === 'ambient') return `${title}, ambient: traffic is captured, and nothing of HTTP is known to it`;
  if (kind === 'proxyless') return `${title} without a proxy: gRPC only`;
  const whose = declared
    ? "this process's own, as MESHWISE_ENVOY_ADMIN says"
    : ours === undefined
      ? 'nothing shows whose'
      : ours
        ? "this process's own"
        : "another one's";
  return `${title} sidecar, ${state}, ${whose}`;
}

function ofTarget(target: Examined, { method, examination }: DoctorResult, styled: Styled): string[] {
  const { policy, url, plan, probe, coverage } = target;
  const address = `${url.origin}${url.pathname}`;
  const reading = readingLine(examination);
  return [
    styled('bold', `${policy.upstream} at ${address}`),
    ...ownersTable(plan).map((line, index) => `  ${index === 0 ? styled('dim', line) : line}`),
    ...probeLines(plan, method, address, probe).map((line) => `  ${line}`),
    ...(coverage === undefined || reading === undefined ? [] : [`  ${reading}`]),
    ...(coverage === undefined ? [] : coverageLines(coverage).map((line) => `    ${line}`)),
  ];
}

function findingsBlock(findings: readonly Finding[], styled: Styled): string[] {
  if (findings.length === 0) return [`${styled('green', 'Nothing to do.')}`];
  const counts = SEVERITIES.flatMap((severity) => {
    const count = findings.filter((found) => found.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count === 1 || severity === 'info' ? '' : 's'}`];
  });
  return [
    `${styled('bold', 'Findings')}: ${counts.join(', ')}`,
    ...findings.flatMap((found, index) => ofFinding(found, findings[index + 1], styled)),
  ];
}

const SEVERITY_WIDTH = 9;

function ofFinding(found: Finding, next: Finding | undefined, styled: Styled): string[] {
  const { code, severity, upstream, what } = found;
  const indent = ' '.repeat(SEVERITY_WIDTH + 2);
  const title = `${styled('bold', code)}${upstream === undefined ? '' : `, ${upstream}`}`;
  return [
    `  ${styled(STYLES[severity], severity.padEnd(SEVERITY_WIDTH))}${title}`,
    ...wrapped(what, indent),
    // What helps against several is said once, below the last of them.
    ...(hasSameRemedy(found, next) ? [] : remedyLines(found, styled).map((line) => `${indent}${line}`)),
  ];
}

function hasSameRemedy(one: Finding, other: Finding | undefined): boolean {
  return one.todo === other?.todo && one.command === other?.command;
}

function remedyLines({ todo, command }: Finding, styled: Styled): string[] {
  const lines = todo === undefined ? [] : wrapped(`- ${todo}`, '', '  ');
  if (command === undefined) return lines;
  return [...lines, `- ${isSetting(command) ? 'set' : 'run'} ${styled('bold', command)}`];
}

function isSetting(command: string): boolean {
  return /^MESHWISE_[A-Z_]+=\S+$/.test(command);
}

const LINE_WIDTH = 104;

/** Lines of about the width, each after the indent; a longer word has a line of its own. */
function wrapped(text: string, indent: string, hanging = indent): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.trim() !== '' && line.length + 1 + word.length > LINE_WIDTH) {
      lines.push(line);
      line = hanging;
    }
    line += line.trim() === '' ? word : ` ${word}`;
  }
  return [...lines, line];
}
