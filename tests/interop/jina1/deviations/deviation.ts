/** A row of docs/deviations.md that recorded cases show: what we promise instead of what was recorded. */
export interface Deviation {
  /** Number of the row. */
  readonly row: number
  /** `folder/case`, or `folder/*` where it concerns most of a folder. */
  readonly cases: readonly string[]
  /** Changes the recorded answer to what we promise; everything else in it must still be equal. */
  promised(recorded: never, name: string): unknown
}
