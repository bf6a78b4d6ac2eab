/** A call that has not ended; its list is threaded through it, so that joining and leaving cost next to nothing. */
export interface InFlightCall {
  nextInFlight: InFlightCall | undefined;
  previousInFlight: InFlightCall | undefined;
  /** Ends it now, with this error. */
  end(error: Error): void;
}

/** Calls that have not ended, their responses' bodies included. */
export class InFlight {
  #first: InFlightCall | undefined = undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(call: InFlightCall): void {
    call.nextInFlight = this.#first;
    if (this.#first !== undefined) this.#first.previousInFlight = call;
    this.#first = call;
    this.#size++;
  }

  /** Only for a call that was added, and once. */
  delete(call: InFlightCall): void {
    const { nextInFlight: next, previousInFlight: previous } = call;
    if (previous === undefined) this.#first = next;
    else previous.nextInFlight = next;
    if (next !== undefined) next.previousInFlight = previous;
    call.nextInFlight = undefined;
    call.previousInFlight = undefined;
    this.#size--;
  }

  /** Ends every one of them. */
  endAll(error: () => Error): void {
    while (this.#first !== undefined) {
      const call = this.#first;
      call.end(error());
      // A call that ends leaves the list; one that will not must not hold up the rest.
      if (this.#first === call) this.delete(call);
    }
  }
}
