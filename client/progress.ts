/** Counts requests and documents as they come back. */
export interface Progress {
  advance(documents: number): void
  stop(): void
}

const none: Progress = { advance() {}, stop() {} }

/** A progress bar on standard error; nothing in browsers. */
export async function createProgress(show: boolean | undefined, name: string): Promise<Progress> {
  if (!show || typeof process === 'undefined' || !process.stderr) return none
  const { default: cliProgress } = await import('cli-progress')
  const bar = new cliProgress.SingleBar({
    format: `${name} | {requests} requests | {value} documents | {duration_formatted} | {speed} documents/s`,
    stream: process.stderr,
    hideCursor: true,
  })
  const started = performance.now()
  let documents = 0
  let requests = 0
  bar.start(Number.MAX_SAFE_INTEGER, 0, { requests, speed: 0 })
  return {
    advance(count) {
      documents += count
      requests++
      bar.update(documents, {
        requests,
        speed: Math.round((documents / Math.max(1, performance.now() - started)) * 1000),
      })
    },
    stop: () => bar.stop(),
  }
}
