import logUpdate from 'log-update'
import pc from 'picocolors'
import type { OnStart, StartEvent } from '../seating.ts'

const MARKS: Readonly<Record<StartEvent['state'], string>> = {
  ...{ starting: '…', ready: '✓', failed: '✗', stopping: '…', stopped: '■' },
}

/** Shows how the deployments of a flow are getting on, on standard output. */
export interface StartDisplay {
  readonly onStart: OnStart
  /** What comes is told below what has been shown. */
  done(): void
}

/** Lines that change on a terminal; elsewhere a line when something has come true. */
export function startDisplay(): StartDisplay {
  // a terminal that does not know its height shows nothing
  return process.stdout.isTTY && process.stdout.rows > 0 ? changingLines() : plainLines()
}

function plainLines(): StartDisplay {
  return {
    onStart(event) {
      if (event.state !== 'starting' && event.state !== 'stopping') console.log(textOf(event))
    },
    done() {},
  }
}

function changingLines(): StartDisplay {
  const events = new Map<string, StartEvent>()
  const show = () => logUpdate([...events.values()].map((event) => `  ${coloured(event)}`).join('\n'))
  return {
    onStart(event) {
      events.set(event.name, event)
      show()
    },
    done() {
      logUpdate.done()
      events.clear()
    },
  }
}

function textOf({ name, state, elsewhere, tookMs = 0, error }: StartEvent): string {
  if (state === 'failed') return `${name} failed: ${error?.reason}`
  if (state === 'ready') return elsewhere ? `${name} runs elsewhere` : `${name} is ready (${timeText(tookMs)})`
  return `${name} ${state === 'stopped' ? 'has stopped' : `is ${state}`}`
}

function coloured(event: StartEvent): string {
  const { state } = event
  const paint = { ready: pc.green, failed: pc.red, stopped: pc.dim, starting: pc.yellow, stopping: pc.yellow }[state]
  return `${paint(MARKS[state])} ${textOf(event)}`
}

function timeText(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}
