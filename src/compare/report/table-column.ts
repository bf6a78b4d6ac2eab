export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** What stands in it, in a sentence; legend and tooltip. */
  readonly about: string;
}
