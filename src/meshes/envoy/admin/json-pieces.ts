/**
 * Called with each element of an array of that name. What it returns (a number: typically a place in a list of the
 * caller's) stands in the element's place; `undefined` drops it.
 */
export type TakePiece = (element: unknown) => number | undefined;

/** By the name of the field that holds the array, wherever it stands. */
export type Cuts = Readonly<Record<string, TakePiece>>;

/** The text is not JSON, or not of a size that is read here. */
export class JsonRefused extends Error {}

/** The most that is parsed at once: JSON.parse takes some 12 ms for it. */
const MAX_PIECE = 2 * 1024 * 1024;
const MAX_DEPTH = 100;
/** Names of fields that are this long are none of ours. */
const MAX_NAME = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The text of the root, or of an array that is taken element by element. */
interface Frame {
  /** `undefined`: the root. */
  readonly take: TakePiece | undefined;
  /** How deep its elements stand. */
  readonly depth: number;
  readonly done: number[];
  text: Buffer[];
  size: number;
}

/**
 * Parses JSON while it arrives, a piece at a time: the elements of the arrays named in `cuts` are parsed one by one
 * and forgotten, so that neither a list of thousands nor its text is ever in memory as a whole, and no parse blocks
 * the event loop for long. The grammar is checked by JSON.parse; here only brackets and strings are told apart.
 */
export class JsonPieces {
  readonly #cuts: ReadonlyMap<string, TakePiece>;
  readonly #frames: Frame[] = [{ take: undefined, depth: 0, done: [], text: [], size: 0 }];
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Where the last string, or the one that is being read, stands in the chunk, and what of it came before the chunk. */
  #stringFrom = 0;
  #stringTo = 0;
  #stringBefore = '';
  /** A colon was the last thing after it: it is the name of a field whose value comes next. */
  #isField = false;

  constructor(cuts: Cuts) {
    this.#cuts = new Map(Object.entries(cuts));
  }

  /** @throws JsonRefused */
  write(chunk: Buffer): void {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) {
          this.#inString = false;
          this.#stringTo = at;
        }
        continue;
      }
      switch (byte) {
        case QUOTE:
          this.#inString = true;
          this.#isField = false;
          this.#stringFrom = at + 1;
          this.#stringBefore = '';
          break;
        case COLON:
          this.#isField = true;
          break;
        case OPEN_OBJECT:
          this.#deeper();
          break;
        case OPEN_LIST: {
          const take = this.#isField ? this.#cuts.get(this.#lastString(chunk)) : undefined;
          this.#deeper();
          if (take === undefined) break;
          this.#keep(chunk, from, at);
          this.#frames.push({ take, depth: this.#depth, done: [], text: [], size: 0 });
          from = at + 1;
          break;
        }
        case COMMA:
          this.#isField = false;
          if (!this.#isBetweenElements()) break;
          this.#keep(chunk, from, at);
          this.#finishElement(false);
          from = at + 1;
          break;
        case CLOSE_LIST:
          if (this.#isBetweenElements()) {
            this.#keep(chunk, from, at);
            this.#finishElement(true);
            this.#finishList();
            from = at + 1;
          }
          this.#shallower();
          break;
        case CLOSE_OBJECT:
          if (this.#isBetweenElements()) throw new JsonRefused('not JSON');
          this.#shallower();
          break;
      }
    }
    if (this.#inString) this.#stringTo = chunk.length;
    this.#stringBefore = this.#lastString(chunk);
    this.#stringFrom = 0;
    this.#stringTo = 0;
    this.#keep(chunk, from, chunk.length);
  }

  /**
   * What stands outside the pieces.
   *
   * @throws JsonRefused
   */
  end(): unknown {
    if (this.#depth !== 0 || this.#inString) throw new JsonRefused('truncated JSON');
    return parse(this.#top.text);
  }

  get #top(): Frame {
    return this.#frames.at(-1) as Frame;
  }

  #isBetweenElements(): boolean {
    return this.#top.take !== undefined && this.#depth === this.#top.depth;
  }

  #deeper(): void {
    this.#isField = false;
    if (++this.#depth > MAX_DEPTH) throw new JsonRefused(`JSON deeper than ${MAX_DEPTH}`);
  }

  #shallower(): void {
    if (--this.#depth < 0) throw new JsonRefused('not JSON');
  }

  /** Cut off behind the longest name that is of interest. */
  #lastString(chunk: Buffer): string {
    const to = Math.min(this.#stringTo, this.#stringFrom + MAX_NAME);
    return (this.#stringBefore + chunk.toString('latin1', this.#stringFrom, to)).slice(0, MAX_NAME);
  }

  #keep(chunk: Buffer, from: number, to: number): void {
    if (to > from) this.#add(chunk.subarray(from, to));
  }

  #add(text: Buffer): void {
    const top = this.#top;
    top.size += text.length;
    if (top.size > MAX_PIECE) throw new JsonRefused('one piece of JSON of more than 2 MiB');
    top.text.push(text);
  }

  #finishElement(last: boolean): void {
    const top = this.#top;
    const { text, done, take } = top;
    top.text = [];
    top.size = 0;
    // An empty array has one element of white space.
    if (last && done.length === 0 && text.every(isBlank)) return;
    const kept = take?.(parse(text));
    if (kept !== undefined) done.push(kept);
  }

  #finishList(): void {
    const { done } = this.#frames.pop() as Frame;
    this.#add(Buffer.from(`[${done.join(',')}]`));
  }
}

function parse(text: readonly Buffer[]): unknown {
  try {
    return JSON.parse(Buffer.concat(text).toString());
  } catch {
    throw new JsonRefused('not JSON');
  }
}

function isBlank(text: Buffer): boolean {
  return text.every((byte) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09);
}
