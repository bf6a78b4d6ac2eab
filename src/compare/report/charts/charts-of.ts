import type { Report } from '../../result/report.ts';
import type { QuestionName, Scenario } from '../../scenario/scenario.ts';
import { attemptsCharts } from './attempts-chart.ts';
import { breakdownChart } from './breakdown-chart.ts';
import { costCharts } from './cost-charts.ts';
import { endingsCharts, timeToFailCharts } from './endings-charts.ts';
import { hostsCharts } from './hosts-charts.ts';
import { latencyChart } from './latency-chart.ts';
import { asking } from './measured.ts';
import { earlyCharts, lateCharts, neighbourCharts, tracesCharts } from './question-charts.ts';
import { saturationCharts } from './saturation-chart.ts';
import { timelineChart } from './timeline-chart.ts';

/** Questions that share a drawing have it once: both ask for the timeline, both for attempts. */
const DRAWN: readonly {
  readonly questions: readonly QuestionName[];
  readonly charts: (report: Report, scenarios: readonly Scenario[], question: QuestionName) => string[];
}[] = [
  { questions: ['closed-form', 'attempts'], charts: attemptsCharts },
  {
    questions: ['endings'],
    charts: (report, scenarios) => [...endingsCharts(report, scenarios), ...timeToFailCharts(report, scenarios)],
  },
  {
    questions: ['recovery', 'metastability'],
    charts: (report, scenarios, question) => scenarios.map((scenario) => timelineChart(report, scenario, question)),
  },
  { questions: ['bad-host'], charts: hostsCharts },
  { questions: ['retry-after'], charts: earlyCharts },
  { questions: ['deadline'], charts: lateCharts },
  { questions: ['isolation'], charts: neighbourCharts },
  { questions: ['traces'], charts: tracesCharts },
  { questions: ['saturation'], charts: saturationCharts },
  {
    questions: ['latency'],
    charts: (report, scenarios) =>
      scenarios.flatMap((scenario) => [
        latencyChart(report, scenario, 'intended'),
        latencyChart(report, scenario, 'actual'),
      ]),
  },
  {
    questions: ['cost'],
    charts: (report, scenarios) => [
      ...scenarios.map((scenario) => breakdownChart(report, scenario)),
      ...costCharts(report, scenarios),
    ],
  },
];

/** The drawings that a family's questions ask for, in the order of the questions; none without figures. */
export function chartsOf(report: Report, family: string): string[] {
  return DRAWN.flatMap(({ questions, charts }) => {
    const [asked] = questions.filter((question) => asking(report, family, question).length > 0);
    if (asked === undefined) return [];
    const scenarios = report.scenarios.filter(
      (scenario) => scenario.family === family && questions.some((question) => scenario.questions.includes(question)),
    );
    return charts(report, scenarios, asked);
  }).filter((chart) => chart !== '');
}
