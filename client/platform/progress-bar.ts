import cliProgress from 'cli-progress'
import type { Progress } from '../progress.ts'

/** A progress bar on standard error. */
export function progressBar(name: string): Progress {
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
