import cliProgress from 'cli-progress'
import type { Input } from './input.ts'

/** How a post is going. */
export interface Bar {
  /** So many documents were answered. */
  advance(documents: number): void
  /** A line of the terminal, above the bar. */
  log(text: string): void
  stop(): void
}

export const silentProgress: Bar = {
  advance() {},
  // without a bar, each stream has its own
  log: (text) => void (process.stdout.isTTY && text.startsWith('{') ? console.log(text) : console.error(text)),
  stop() {},
}

/** A bar on standard error: documents, their rate, and when all will be answered. */
export function progressBar(input: Input): Bar {
  const bars = new cliProgress.MultiBar(
    {
      format: '{bar} {percent} | {done}{of} documents | {rate}/s | {left}',
      stream: process.stderr,
      hideCursor: true,
      barsize: 30,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      clearOnComplete: false,
      noTTYOutput: true,
      notTTYSchedule: 1000,
      linewrap: false,
      gracefulExit: false,
      emptyOnZero: true,
    },
    cliProgress.Presets.shades_classic,
  )
  const started = performance.now()
  let done = 0
  const now = () => {
    const seconds = Math.max(1, performance.now() - started) / 1000
    const total = totalOf(input, done)
    const rate = done / seconds
    return {
      total,
      payload: payloadOf({ done, total, rate, seconds, isExact: input.sent.all || input.sent.known !== undefined }),
    }
  }
  const bar = bars.create(1, 0, { ...now().payload })
  const show = () => {
    const { total, payload } = now()
    bar.setTotal(Math.max(total ?? 0, done, 1))
    bar.update(done, payload)
  }
  return {
    advance(documents) {
      done += documents
      show()
    },
    log(text) {
      bars.log(`${text}\n`)
      bars.update()
    },
    stop() {
      show()
      bars.stop()
    },
  }
}

/** How many there are, as far as is known: what is left to read is as the part that was read. */
function totalOf({ sent, bytes }: Input, done: number): number | undefined {
  if (sent.all) return Math.max(sent.documents, done)
  if (sent.known !== undefined) return sent.known
  if (!bytes.total || bytes.read === 0) return undefined
  return Math.round(sent.documents * Math.max(1, bytes.total / bytes.read))
}

interface State {
  readonly done: number
  readonly total: number | undefined
  readonly rate: number
  readonly seconds: number
  /** The total is no guess. */
  readonly isExact: boolean
}

function payloadOf({ done, total, rate, seconds, isExact }: State) {
  const isDone = isExact && done >= (total ?? 0)
  const left = total === undefined || rate === 0 ? undefined : (total - done) / rate
  return {
    done: String(done),
    of: total === undefined || isDone ? '' : ` of ${isExact ? '' : '~'}${total}`,
    percent: `${total ? Math.floor((100 * Math.min(done, total)) / total) : 0}%`.padStart(4),
    rate: rate < 10 ? rate.toFixed(1) : String(Math.round(rate)),
    left: isDone ? `done in ${timeText(seconds)}` : left === undefined ? '' : `${timeText(left)} left`,
  }
}

function timeText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  return `${minutes} min ${Math.round(seconds % 60)} s`
}
