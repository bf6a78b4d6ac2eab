import type { EnvoyCoverage } from '../../meshes/envoy/admin/coverage.ts';
import { CONCERNS } from '../../policy/conditions.ts';
import { checkCommand, exportCommand, meshOf, VIRTUAL_SERVICES } from './commands.ts';
import { doubledFindings } from './doubled-findings.ts';
import type { Examination, Examined } from './examine.ts';
import { type Finding, finding } from './finding.ts';

/** What is wrong, or could be better, with one upstream at one URL. */
export function findingsOfUpstream(target: Examined, examination: Examination): Finding[] {
  const doubled = doubledFindings(target, examination);
  const ofRule = ofTheRule(target, examination);
  return [
    ...doubled,
    // The rule is what helps against doubled retries: it is said there.
    ...ofRule.filter(({ code }) => code !== 'no-rule' || doubled.length === 0),
    ...unprotected(target, examination),
    ...contradicted(target),
    ...deadEjections(target),
    ...cutTraces(target, examination),
    ...noAnswer(target),
  ];
}

function ofTheRule(target: Examined, examination: Examination): Finding[] {
  const { policy, plan, coverage, probe } = target;
  const { upstream } = policy;
  const { mode } = examination;
  const offered = probe.kind === 'answered' && probe.mark?.upstream === upstream ? probe.mark.hashes : [];
  const isOffered = coverage?.mark === 'offered' || (plan.ruleHash !== undefined && offered.includes(plan.ruleHash));
  if (!isOffered && (coverage?.mark === 'out of date' || offered.length > 0)) {
    const what = `The mesh has a rule for it, but not ${plan.ruleHash ?? "this policy's"}: the process executes the retries`;
    const todo =
      'Export the policy again and apply it; --keep holds the older rule for processes that still ask for it';
    return [
      finding('out-of-date', 'error', what, { upstream, todo, command: exportCommand(examination, upstream, offered) }),
    ];
  }
  if (!isOffered) return mode === 'auto' || mode === 'observe' ? noRule(target, examination) : [];
  const { covered, why } = coverage?.concerns.retry ?? { covered: 'all', why: '' };
  const differs =
    covered === 'all'
      ? []
      : [
          finding('rule-differs', 'error', `The rule carries our mark, and does not do what it says: ${why}`, {
            upstream,
            todo: 'Somebody edited it, or a rule stands before it',
            command: checkCommand(examination, upstream),
          }),
        ];
  return [...differs, ...couldHandOver(target, examination), ...gateways(target, examination)];
}

function noRule({ policy, plan, url }: Examined, examination: Examination): Finding[] {
  const isHandedOver = plan.concerns.retry.owner === 'sidecar' || plan.concerns.retry.evidence === 'declared';
  if (examination.sidecar === undefined || isHandedOver || plan.ruleHash === undefined || url.protocol === 'https:')
    return [];
  const command = exportCommand(examination, policy.upstream);
  if (command === undefined) return [];
  const what = `The mesh has no rule for it: retries stay in the process`;
  return [
    finding('no-rule', 'info', what, {
      upstream: policy.upstream,
      todo: 'To hand them over, export the policy',
      command,
    }),
  ];
}

function couldHandOver({ policy, plan }: Examined, { mode }: Examination): Finding[] {
  if (mode !== 'observe' && mode !== 'process') return [];
  const what = `The mesh offers rule ${plan.ruleHash}: its retries could be handed over`;
  return [finding('could-hand-over', 'info', what, { upstream: policy.upstream, command: 'MESHWISE_MODE=auto' })];
}

/** No sidecar shows to which gateways a VirtualService is bound. */
function gateways({ policy }: Examined, examination: Examination): Finding[] {
  if (meshOf(examination) !== 'istio' || examination.gatewaysChecked) return [];
  const what = 'Whether strangers reach its rules through a gateway, no sidecar shows';
  return [
    finding('gateways-unknown', 'info', what, {
      upstream: policy.upstream,
      todo: 'Show the resources to this command',
      command: `${VIRTUAL_SERVICES} | npx meshwise doctor --manifests -`,
    }),
  ];
}

const WATCHED = ['timeout', 'retry', 'circuitBreaker'] as const satisfies readonly (keyof EnvoyCoverage['concerns'])[];

/** Left to the sidecar on the operator's word, or to nobody, and its routes do not do it. */
function unprotected({ policy, plan, coverage }: Examined, { mode }: Examination): Finding[] {
  const { upstream } = policy;
  if (mode === 'off' && coverage === undefined) {
    return [
      finding('unprotected', 'warning', 'mode off: nobody executes its policy, and no sidecar shows that it does', {
        upstream,
        command: 'MESHWISE_MODE=process',
      }),
    ];
  }
  return WATCHED.flatMap((concern) => {
    const { owner } = plan.concerns[concern];
    const isLeft = owner === 'sidecar' || (mode === 'off' && policy[concern] !== false);
    const found = coverage?.concerns[concern];
    if (!isLeft || found === undefined || found.covered === 'all') return [];
    // Ejection is never all of a circuit breaker; that is in the plan.
    if (concern === 'circuitBreaker' && found.covered === 'part') return [];
    const severity = mode === 'off' || found.covered === 'part' ? 'warning' : 'error';
    const left = owner === 'sidecar' ? 'is left to the sidecar' : 'is switched off here';
    return [
      finding('unprotected', severity, `${concern} ${left}, and ${found.why}`, {
        upstream,
        todo: 'Take it back, or configure the mesh',
        command: owner === 'sidecar' ? `MESHWISE_OWNER=${upstream}.${concern}=process` : 'MESHWISE_MODE=process',
      }),
    ];
  });
}

/** Left to the sidecar by the operator; its routes do not do it, and so the process does. */
function contradicted({ policy, plan }: Examined): Finding[] {
  const { upstream } = policy;
  return CONCERNS.flatMap((concern) => {
    const { owner, evidence, why } = plan.concerns[concern];
    if (owner !== 'process' || (evidence !== 'config-dump' && evidence !== 'metadata')) return [];
    const what = `${concern} is left to the sidecar, and ${why}: the process executes it`;
    return [
      finding('word-contradicted', 'warning', what, {
        upstream,
        todo: 'Configure the mesh, or say that it is the process who does',
        command: `MESHWISE_OWNER=${upstream}.${concern}=process`,
      }),
    ];
  });
}

function deadEjections({ policy, coverage }: Examined): Finding[] {
  return (coverage?.deadEjections ?? []).map((why) =>
    finding('ejection-impossible', 'warning', `Ejection that cannot happen: ${why}`, {
      upstream: policy.upstream,
      todo: "Raise max_ejection_percent (Istio: maxEjectionPercent) to 100, or rely on the process's circuit breaker",
    }),
  );
}

/** Since 1.39 Envoy's OpenTelemetry tracer takes the caller's sampled flag AND its own decision (1.40, run). */
const CUTS_SINCE = [1, 39] as const;

function cutTraces({ policy, coverage }: Examined, { reading }: Examination): Finding[] {
  const sampling = coverage?.sampling;
  if (sampling === undefined || sampling >= 100 || policy.tracing.mode === 'off') return [];
  const version = reading?.noEvidence === undefined ? reading?.server.version : undefined;
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (major < CUTS_SINCE[0] || (major === CUTS_SINCE[0] && minor < CUTS_SINCE[1])) return [];
  const what = `Envoy ${version} samples ${sampling} % by itself: of the traces that are sampled here, the others lose their sidecar and upstream half`;
  return [
    finding('trace-cut', 'warning', what, {
      upstream: policy.upstream,
      todo: "Let the mesh sample what its callers have sampled: Istio's Telemetry, tracing[].randomSamplingPercentage: 100",
    }),
  ];
}

function noAnswer({ policy, probe, url }: Examined): Finding[] {
  if (probe.kind !== 'failed') return [];
  return [finding('no-answer', 'warning', `${url.origin} did not answer: ${probe.why}`, { upstream: policy.upstream })];
}
