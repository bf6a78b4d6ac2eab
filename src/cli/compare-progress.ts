import type { Progress } from '../compare/experiment.ts';

/** One line that is rewritten in place on a terminal; elsewhere a line per step. */
export class ProgressLine {
  readonly #stream: NodeJS.WritableStream;
  readonly #inPlace: boolean;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
    this.#inPlace = 'isTTY' in stream && stream.isTTY === true;
  }

  show({ done, cells, scenario, arm, round, remaining }: Progress): void {
    this.note(`${done + 1}/${cells}  ${scenario}, ${arm}, round ${round}  about ${left(remaining)} left`);
  }

  note(line: string): void {
    this.#stream.write(this.#inPlace ? `\r\u001b[2K${line}` : `${line}\n`);
  }

  clear(): void {
    if (this.#inPlace) this.#stream.write('\r\u001b[2K');
  }
}

function left(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 100 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}
