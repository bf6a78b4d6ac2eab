/** What a client that throws on a bad status throws, as everybody writes it. */
export class FailedStatus extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`status ${status}`);
    this.status = status;
  }
}
