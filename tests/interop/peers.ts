import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root; `../shared` lies beside it. */
export const root = resolve(fileURLToPath(import.meta.url), '../../..')
export const shared = resolve(root, '../shared')

/** Python of a real peer's virtual environment, made when it is missing. */
export function python(peer: 'jina1'): string {
  const venv = resolve(root, `.cache/venv-${peer}`)
  execFileSync(resolve(shared, 'interop/setup'), [peer, venv], { stdio: ['ignore', 'inherit', 'inherit'] })
  return resolve(venv, 'bin/python')
}

/** A child process that serves. */
export interface Server extends AsyncDisposable {
  readonly pid: number
  stop(): Promise<void>
}

/** Starts a command and waits until it prints READY; its output is shown if it does not. */
export function startServer(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Server> {
  const child = spawn(command, args, { cwd: options.cwd ?? root, env: { ...process.env, ...options.env } })
  let output = ''
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      output += chunk
      if (/^READY/m.test(output)) resolve(serverOf(child))
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('error', reject)
    child.on('exit', (code) =>
      reject(new Error(`${command} ended with ${code} before it was ready:\n${output.slice(-3000)}`)),
    )
  })
}

function serverOf(child: ChildProcess): Server {
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
    await ended
    clearTimeout(timer)
  }
  return { pid: child.pid as number, stop, [Symbol.asyncDispose]: stop }
}

/** The environment of Jina's processes: no telemetry, no chatter. */
export const jinaEnv = { JINA_OPTOUT_TELEMETRY: '1', JINA_LOG_LEVEL: 'CRITICAL' }
