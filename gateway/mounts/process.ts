import type { ChildProcess } from 'node:child_process'

// Programs that are process groups of their own, so that Ctrl-C in a terminal reaches the gateway alone.

export function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null
}

/** What a program has started itself hears it too. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (process.platform === 'win32') child.kill(signal)
    else process.kill(-(child.pid as number), signal)
  } catch {
    child.kill(signal)
  }
}

const running = new Set<ChildProcess>()
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** A program does not outlive this process, however that ends: only SIGKILL leaves it alone. */
export function endsWithUs(child: ChildProcess): void {
  if (hasEnded(child)) return
  if (running.size === 0) {
    process.on('exit', endAll)
    for (const signal of signals) process.on(signal, signalled)
  }
  running.add(child)
  child.once('exit', () => {
    running.delete(child)
    if (running.size === 0) leave()
  })
}

function endAll(): void {
  for (const child of running) signalGroup(child, 'SIGKILL')
}

function leave(): void {
  process.off('exit', endAll)
  for (const signal of signals) process.off(signal, signalled)
}

function signalled(signal: NodeJS.Signals): void {
  // whoever else listens stops things in good order
  if (process.listenerCount(signal) > 1) return
  endAll()
  leave()
  process.kill(process.pid, signal)
}
