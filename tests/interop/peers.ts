import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root; `../shared` lies beside it. */
export const root = resolve(fileURLToPath(import.meta.url), '../../..')
export const shared = resolve(root, '../shared')

/** The environment of the peers' processes: no telemetry, no chatter. */
export const jinaEnv = {
  BENTOML_DO_NOT_TRACK: 'True',
  JINA_OPTOUT_TELEMETRY: '1',
  JINA_LOG_LEVEL: 'CRITICAL',
  PYTHONWARNINGS: 'ignore',
}

/** True where the setup script finds the Python that the real peers are pinned to. */
export function hasPython(): boolean {
  const candidates = ['python3.11', 'python3']
  const first = candidates
    .map((name) => spawnSync(name, ['--version'], { encoding: 'utf8' }))
    .find(({ error }) => !error)
  return /^Python 3\.11\./.test(first?.stdout ?? '')
}

/** Python of a real peer's virtual environment, made when it is missing. */
export function python(peer: 'jina1' | 'bento'): string {
  const venv = resolve(root, `.cache/venv-${peer}`)
  execFileSync(resolve(shared, 'interop/setup'), [peer, venv], { stdio: ['ignore', 'inherit', 'inherit'] })
  return resolve(venv, 'bin/python')
}

/**
 * The first of `count` free ports in a row, below the range from which connections take their own ends: a client that polls a
 * dead port there may meet itself.
 */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const first = 20_000 + Math.floor(Math.random() * (12_000 - count))
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(first + i)))
    if (free.every(Boolean)) return first
  }
  throw new Error(`no ${count} free ports in a row between 20000 and 32000`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)))
  })
}

/** A child process that serves. */
export interface Server extends AsyncDisposable {
  readonly pid: number
  stop(): Promise<void>
}

/** Starts a command and waits until it prints READY; its output is shown if it does not. It ends with this process at the latest. */
export function startServer(
  command: string,
  args: readonly string[],
  { env, timeoutMs = 120_000 }: { env?: Record<string, string>; timeoutMs?: number } = {},
): Promise<Server> {
  const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = () => child.kill('SIGTERM')
  endWithUs(child, kill)
  let output = ''
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`${command} ${what}:\n${output.slice(-3000)}`))
    const timer = setTimeout(() => {
      fail(`was not ready within ${timeoutMs} ms`)
      kill()
    }, timeoutMs)
    const hear = (chunk: Buffer) => {
      output = `${output}${chunk}`.slice(-10_000)
      if (!/^READY/m.test(output)) return
      clearTimeout(timer)
      resolve(serverOf(child))
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('error', (error) => fail(`cannot be started (${error.message})`))
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      fail(`ended with ${signal ?? code} before it was ready`)
    })
  })
}

/** A child must not outlive this process, however it ends: vitest ends its workers by a signal, which is no `exit`. */
export function endWithUs(child: ChildProcess, kill: () => void): void {
  const signalled = (signal: NodeJS.Signals) => {
    kill()
    process.kill(process.pid, signal)
  }
  process.once('exit', kill)
  process.once('SIGTERM', signalled)
  process.once('SIGINT', signalled)
  child.once('exit', () => {
    process.off('exit', kill)
    process.off('SIGTERM', signalled)
    process.off('SIGINT', signalled)
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
