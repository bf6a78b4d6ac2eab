import type { Owner } from './conditions.ts';

export type MeshwiseErrorCode =
  | 'MESHWISE_TIMEOUT'
  | 'MESHWISE_CIRCUIT_OPEN'
  | 'MESHWISE_CONCURRENCY_LIMIT'
  | 'MESHWISE_CONNECTION'
  | 'MESHWISE_CONFIG'
  | 'MESHWISE_CLOSED';

export interface MeshwiseErrorFields {
  readonly upstream?: string | undefined;
  readonly attempts?: number | undefined;
  readonly owner?: Owner | undefined;
  readonly response?: Response | undefined;
  readonly cause?: unknown;
}

/** Of the one error of ours that has to be a TypeError, as fetch's is, and cannot extend two classes. */
export const IS_MESHWISE_ERROR: unique symbol = Symbol.for('meshwise.error');

/** The base of every error that meshwise makes itself. Errors of the wrapped client are passed on as they are. */
export class MeshwiseError extends Error {
  readonly code: MeshwiseErrorCode;
  /** The policy's upstream. */
  readonly upstream: string | undefined;
  /** Attempts that went out before this error; 0 when none did. */
  readonly attempts: number;
  /** Who was executing when it happened. */
  readonly owner: Owner;
  /** The last response, where there was one. Its body may have been discarded. */
  readonly response: Response | undefined;

  constructor(code: MeshwiseErrorCode, message: string, fields: MeshwiseErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = new.target.name;
    this.code = code;
    this.upstream = fields.upstream;
    this.attempts = fields.attempts ?? 0;
    this.owner = fields.owner ?? 'process';
    this.response = fields.response;
  }
}

// For this class alone: a subclass has it too, and asks for its own.
Object.defineProperty(MeshwiseError, Symbol.hasInstance, { value: isInstance });

function isInstance(this: unknown, value: unknown): boolean {
  if (Function.prototype[Symbol.hasInstance].call(this, value)) return true;
  return this === MeshwiseError && typeof value === 'object' && value !== null && IS_MESHWISE_ERROR in value;
}
