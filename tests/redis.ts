import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { obtain } from './obtain.ts'

const program = obtain({ names: ['redis-server'], variable: 'REDIS_SERVER', aptPackage: 'redis-server' })

/** False where there is no redis-server to be had: it has been said. */
export const hasRedis = program !== undefined

/** A real redis-server in a folder of its own, that can be killed and started again. */
export interface RedisServer {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Ends it as a crash would. */
  kill(): Promise<void>
  /** Starts it again on the same port; with what its append-only file has, or empty. */
  start(options?: { empty?: boolean }): Promise<void>
  pause(): void
  resume(): void
  stop(): Promise<void>
}

/**
 * @param appendOnly - keeps every write in a file; without, a restart is empty
 * @param settings - more of redis-server's arguments, which win over these
 */
export async function startRedis({
  appendOnly = false,
  settings = [],
}: {
  appendOnly?: boolean
  settings?: readonly string[]
} = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-redis-'))
  const port = await freePort()
  let child: ChildProcess

  const start = async ({ empty = false } = {}) => {
    if (empty) rmSync(join(folder, 'appendonlydir'), { recursive: true, force: true })
    const keep = appendOnly ? ['--appendonly', 'yes', '--appendfsync', 'everysec'] : ['--appendonly', 'no']
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder, ...keep, ...settings]
    child = spawn(program as string, args, { stdio: 'ignore' })
    const started = child
    const kill = () => void started.kill('SIGKILL')
    process.once('exit', kill)
    child.once('exit', () => process.off('exit', kill))
    await ready(port)
  }
  const end = (signal: NodeJS.Signals) =>
    new Promise<void>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve()
      child.once('exit', () => resolve())
      child.kill(signal)
    })
  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return child.pid as number
    },
    kill: () => end('SIGKILL'),
    start,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stop() {
      await end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)))
  }).catch(freePort) as Promise<number>
}

async function ready(port: number): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await answers(port)) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`redis-server does not answer on port ${port}`)
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.once('data', (data) => {
      socket.destroy()
      // one that wants a password is there
      resolve(/^(\+PONG|-NOAUTH)/.test(data.toString()))
    })
    socket.once('error', () => resolve(false))
    socket.setTimeout(500, () => {
      socket.destroy()
      resolve(false)
    })
  })
}
