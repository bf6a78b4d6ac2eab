/** One mistake in the source, and the tests that are to notice it. */
export interface Fault {
  readonly id: string;
  /** What somebody who uses the library would suffer. */
  readonly suffers: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly text: string;
  readonly replacement: string;
  /** The files of tests to run. */
  readonly tests: readonly string[];
}
