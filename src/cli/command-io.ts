/** What a command reads and writes; tests bring their own. */
export interface CommandIo {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly env: NodeJS.ProcessEnv;
  /** Default: the process's own. */
  readonly stdin?: NodeJS.ReadableStream | undefined;
}
