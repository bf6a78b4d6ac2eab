import type { QuestionName } from '../scenario/scenario.ts';
import { attempts } from './attempts.ts';
import { badHost } from './bad-host.ts';
import { closedForm } from './closed-form.ts';
import { cost } from './cost.ts';
import { deadline } from './deadline.ts';
import { endings } from './endings.ts';
import { isolation } from './isolation.ts';
import { latency } from './latency.ts';
import { metastability } from './metastability.ts';
import type { Question } from './question.ts';
import { recovery } from './recovery.ts';
import { retryAfter } from './retry-after.ts';
import { saturation } from './saturation.ts';
import { traces } from './traces.ts';

export const QUESTION_BY_NAME: Readonly<Record<QuestionName, Question>> = {
  'closed-form': closedForm,
  latency,
  cost,
  attempts,
  endings,
  recovery,
  metastability,
  'bad-host': badHost,
  'retry-after': retryAfter,
  deadline,
  isolation,
  traces,
  saturation,
};
