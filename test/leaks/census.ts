/** How many of the objects that it was shown have not been collected: an exact count where the heap is only a sum. */
export class Census {
  #living = 0;
  readonly #registry = new FinalizationRegistry<undefined>(() => {
    this.#living--;
  });

  get living(): number {
    return this.#living;
  }

  add<T extends object>(object: T): T {
    this.#living++;
    this.#registry.register(object, undefined);
    return object;
  }
}
