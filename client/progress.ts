/** Counts requests and documents as they come back. */
export interface Progress {
  advance(documents: number): void
  stop(): void
}

export const noProgress: Progress = { advance() {}, stop() {} }
