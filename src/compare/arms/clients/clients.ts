import { type Arm, type ClientKind, makesSpans } from '../arm.ts';
import type { Clients } from './client.ts';

/**
 * Loads what clients of this kind need, and nothing else: the bare arms' memory holds nothing of meshwise. `sdk`: with
 * an SDK of OpenTelemetry registered, if they make spans.
 */
export async function clientsOf(kind: ClientKind, sdk: boolean = kind === 'telemetry-sdk'): Promise<Clients> {
  if (sdk && makesSpans(kind)) return (await import('./traced.ts')).traced(kind);
  switch (kind) {
    case 'bare':
      return { of: () => fetch };
    case 'by-hand':
      return (await import('./by-hand.ts')).byHand();
    case 'cockatiel':
      return (await import('./cockatiel.ts')).cockatiel();
    default:
      return (await import('./meshwise.ts')).meshwise(kind);
  }
}

/** What a client's process finds in its environment. */
export function environmentOf(kind: ClientKind): NodeJS.ProcessEnv {
  switch (kind) {
    case 'auto':
      return { MESHWISE_MODE: 'auto' };
    case 'mesh':
      return { MESHWISE_MODE: 'mesh', MESHWISE_MESH: 'envoy' };
    case 'bare':
    case 'by-hand':
    case 'cockatiel':
      return {};
    default:
      return { MESHWISE_MODE: 'process' };
  }
}

/** What a client's process is started with. Who doubles on purpose need not be warned of that; all others are. */
export function nodeOptionsOf({ retryingLayers }: Arm): readonly string[] {
  return retryingLayers > 1 ? ['--disable-warning=MESHWISE_DOUBLED'] : [];
}
