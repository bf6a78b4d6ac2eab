import { percent, time } from '../../format.ts';
import type { Fault } from '../../scenario/fault.ts';

/** What an upstream does wrong, in a few words: `host 3: status 503 for 30 %`. */
export function faultName(fault: Fault): string {
  const { host, probability } = fault.when;
  const where = host === undefined ? '' : `host ${host}: `;
  const often = probability < 1 ? ` for ${percent(probability)}` : '';
  return `${where}${kindOf(fault)}${often}`;
}

function kindOf(fault: Fault): string {
  switch (fault.kind) {
    case 'status':
      return `status ${fault.status}${fault.retryAfter === undefined ? '' : `, Retry-After ${fault.retryAfter}`}`;
    case 'hang':
      return 'no answer';
    case 'delay':
      return `${time(fault.ms)} later`;
    case 'refuse':
      return 'connections refused';
    case 'reset-before-headers':
      return 'reset before headers';
    case 'reset-after-headers':
      return 'reset after headers';
    case 'half-body':
      return 'half of the body';
    case 'capacity':
      return `capacity × ${fault.factor}`;
  }
}
