import type { Progress } from '../compare/experiment.ts';
import { waitingTime } from '../compare/format.ts';

/** One line that is rewritten in place on a terminal; elsewhere a line per step. */
export class ProgressLine {
  readonly #stream: NodeJS.WritableStream;
  readonly #inPlace: boolean;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
    this.#inPlace = 'isTTY' in stream && stream.isTTY === true;
  }

  show({ done, cells, scenario, arm, round, remaining }: Progress): void {
    this.note(`${done + 1}/${cells}  ${scenario}, ${arm}, round ${round}  about ${waitingTime(remaining)} left`);
  }

  note(line: string): void {
    this.#stream.write(this.#inPlace ? `\r\u001b[2K${line}` : `${line}\n`);
  }

  clear(): void {
    if (this.#inPlace) this.#stream.write('\r\u001b[2K');
  }
}
