import { spawn } from 'node:child_process'
import { root } from '../interop/peers.ts'

/** A process of the system under test, which may be treated badly. */
export interface Child {
  readonly pid: number
  readonly alive: boolean
  /** What it wrote, both streams. */
  readonly output: string
  /** Resolves with its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  signal(signal: NodeJS.Signals): void
}

/** Starts `sluice …` from the sources; resolves when it has said READY. It is killed when this process ends, however that comes. */
export async function startSluice(args: readonly string[], env: Record<string, string> = {}): Promise<Child> {
  const command = ['--import', 'tsx', 'flows/cli.ts', ...args]
  const spawned = spawn(process.execPath, command, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const kill = () => void spawned.kill('SIGKILL')
  children.add(kill)
  let output = ''
  let alive = true
  const ended = new Promise<number | NodeJS.Signals>((resolve) =>
    spawned.once('exit', (code, signal) => {
      alive = false
      children.delete(kill)
      resolve(signal ?? (code as number))
    }),
  )
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      output += chunk.toString()
      if (/^READY/m.test(output)) resolve()
    }
    spawned.stdout.on('data', hear)
    spawned.stderr.on('data', hear)
    spawned.once('error', reject)
    ended.then((how) => reject(new Error(`sluice ${args[0]} ended with ${how} before it was ready:\n${output}`)))
  })
  return {
    pid: spawned.pid as number,
    get alive() {
      return alive
    },
    get output() {
      return output
    },
    ended,
    signal: (signal) => void spawned.kill(signal),
  }
}

const children = new Set<() => void>()
process.once('exit', () => {
  for (const kill of children) kill()
})
// vitest ends its workers by a signal, which alone is no `exit`
for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)
  process.once(signal, () => process.exit(code))
