import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { endWithUs } from './interop/peers.ts'

const cli = fileURLToPath(new URL('../flows/cli.ts', import.meta.url))

/** A command that runs, with all that it starts in a process group of its own, as a terminal has it. */
export interface Command {
  readonly pid: number
  readonly out: { stdout: string; stderr: string }
  /** Its exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>
  readonly stdin: NodeJS.WritableStream
  /** Waits until standard output has this. Rejects where it ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  kill(signal: NodeJS.Signals): void
  /** What Ctrl-C does. */
  interrupt(): void
  /** True where nothing that it has started is left. */
  readonly gone: boolean
}

/** `sluice`, from the sources. */
export function sluice(args: readonly string[], options: { env?: object; cwd?: string } = {}): Command {
  return command([process.execPath, '--import', import.meta.resolve('tsx'), cli, ...args], options)
}

export function command([program = '', ...args]: readonly string[], { env = {}, cwd = process.cwd() } = {}): Command {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, detached: true })
  const pid = child.pid as number
  endWithUs(child, () => signalGroup(pid, 'SIGKILL'))
  const out = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (out.stdout += chunk))
  child.stderr.on('data', (chunk) => (out.stderr += chunk))
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  return {
    ...{ pid, out, ended, stdin: child.stdin },
    async until(pattern) {
      for (;;) {
        const found = pattern.exec(out.stdout)
        if (found) return found
        const more = new Promise<'more'>((resolve) => child.stdout.once('data', () => resolve('more')))
        const code = await Promise.race([ended, more])
        if (code !== 'more' && !pattern.test(out.stdout)) throw new Error(`ended with ${code}: ${out.stderr}`)
      }
    },
    kill: (signal) => void child.kill(signal),
    interrupt: () => void signalGroup(pid, 'SIGINT'),
    get gone() {
      return !signalGroup(pid, 0)
    },
  }
}

/** False where there is nobody in the group. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal)
  } catch {
    return false
  }
}
