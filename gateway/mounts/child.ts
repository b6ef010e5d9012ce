import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { FlowError, type Logger } from '../../proto/index.ts'
import type { CommandApp } from './mount.ts'
import { endsWithUs, hasEnded, signalGroup } from './process.ts'

/** How long a program that ended waits until it is started again: the first time, and at most. Unit: ms. */
const backoffMs = { first: 200, most: 10_000 }

/** After so long without an end, the next one is the first again. Unit: ms. */
const settledMs = 10_000

/** How often a probe may fail in a row. */
const maxFailures = 3

/** A program that is started, watched, and started again. */
export class Child {
  readonly #app: CommandApp
  readonly #path: string
  readonly #logger: Logger
  #url = ''
  #process: ChildProcess | undefined
  #port = 0
  #up = false
  #tail = ''
  #failures = 0
  readonly #stopping = new AbortController()
  #watched: Promise<void> = Promise.resolve()

  constructor(app: CommandApp, path: string, logger: Logger) {
    this.#app = app
    this.#path = path
    this.#logger = logger
  }

  /** Whether it can be asked. */
  get ready(): boolean {
    return this.#up
  }

  /** @throws {FlowError} UNAVAILABLE while it is not there */
  get target(): URL {
    if (this.#up) return new URL(`http://127.0.0.1:${this.#port}`)
    throw new FlowError('UNAVAILABLE', `the app at ${this.#path} is being started`, { retryAfterMs: 1000 })
  }

  /**
   * Starts it, and watches it from when it answered first.
   * @param url - where the gateway answers
   * @throws {FlowError} FAILED_PRECONDITION where it does not start, with the end of what it said
   */
  async start(url: string): Promise<void> {
    this.#url = url
    await this.#launch()
    this.#watched = this.#watch()
  }

  /** Tells it to end, and waits until it has. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#up = false
    await this.#end()
    await this.#watched
  }

  async #launch(): Promise<void> {
    this.#port = this.#app.port || (await freePort())
    this.#tail = ''
    if (this.#stopping.signal.aborted) return
    const [command = '', ...args] = this.#app.command.map((word) => this.#filled(word))
    const child = spawn(command, args, {
      cwd: this.#app.cwd,
      env: {
        ...process.env,
        ...{ PORT: String(this.#port), ROOT_PATH: this.#rootPath, SLUICE_URL: this.#url, PYTHONUNBUFFERED: '1' },
        ...this.#app.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Ctrl-C is for the gateway, which lets it finish first
      detached: true,
    })
    this.#process = child
    endsWithUs(child)
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => this.#heard(String(chunk)))
    await this.#answers(child)
    this.#up = !this.#stopping.signal.aborted
    this.#failures = 0
  }

  /** Waits until it answers. */
  async #answers(child: ChildProcess): Promise<void> {
    const { startTimeoutMs = 30_000 } = this.#app
    let ended: string | undefined
    child.on('error', (error) => {
      ended = `cannot be started (${error.message})`
    })
    child.once('exit', (code, signal) => {
      ended ??= `ended with ${signal ?? code} before it answered`
    })
    const until = performance.now() + startTimeoutMs
    while (!(await this.#isWell())) {
      if (this.#stopping.signal.aborted) return
      if (!ended && performance.now() > until) ended = `did not answer within ${startTimeoutMs} ms`
      if (ended) {
        await this.#end()
        throw new FlowError('FAILED_PRECONDITION', `the app at ${this.#path} ${ended}: ${this.#tail.trim()}`)
      }
      await sleep(50)
    }
  }

  /** Until it is to stop: waits for its end, and starts it again. */
  async #watch(): Promise<void> {
    const { signal } = this.#stopping
    let waitMs = backoffMs.first
    while (!signal.aborted) {
      const began = performance.now()
      await this.#lasts()
      this.#up = false
      if (signal.aborted) return
      if (performance.now() - began > settledMs) waitMs = backoffMs.first
      const { exitCode, signalCode } = this.#process ?? {}
      this.#logger.warn(
        { mount: this.#path, ended: signalCode ?? exitCode, waitMs, said: this.#tail.trim() },
        'a mounted app ended, and is started again',
      )
      await sleep(waitMs, undefined, { signal }).catch(() => {})
      waitMs = Math.min(waitMs * 2, backoffMs.most)
      if (signal.aborted) return
      await this.#launch().catch((err) =>
        this.#logger.error({ err, mount: this.#path }, 'a mounted app does not start'),
      )
    }
  }

  /** Waits until it has ended, by itself or because it is not well any more. */
  async #lasts(): Promise<void> {
    const child = this.#process
    if (!child || hasEnded(child)) return
    const ended = once(child, 'exit')
    const timer = this.#app.probe === undefined ? undefined : setInterval(() => this.#look(), this.#probeMs)
    await ended
    clearInterval(timer)
  }

  async #look(): Promise<void> {
    this.#failures = (await this.#isWell()) ? 0 : this.#failures + 1
    if (this.#failures < maxFailures || this.#stopping.signal.aborted) return
    this.#logger.warn({ mount: this.#path, probe: this.#app.probe }, 'a mounted app is not well, and is ended')
    this.#signal('SIGKILL')
  }

  async #isWell(): Promise<boolean> {
    const { probe } = this.#app
    try {
      const signal = AbortSignal.timeout(this.#probeMs)
      const { status, body } = await fetch(`http://127.0.0.1:${this.#port}${probe ?? '/'}`, {
        signal,
        redirect: 'manual',
      })
      await body?.cancel()
      return probe === undefined || (status >= 200 && status < 300)
    } catch {
      return false
    }
  }

  async #end(): Promise<void> {
    const child = this.#process
    if (!child || hasEnded(child)) return
    const ended = once(child, 'exit')
    this.#signal('SIGTERM')
    const timer = setTimeout(() => this.#signal('SIGKILL'), this.#app.stopTimeoutMs ?? 5_000)
    await ended
    clearTimeout(timer)
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#process) signalGroup(this.#process, signal)
  }

  #heard(text: string): void {
    this.#tail = `${this.#tail}${text}`.slice(-2000)
    this.#logger.debug({ mount: this.#path }, text.trimEnd())
  }

  get #probeMs(): number {
    return this.#app.probeIntervalMs ?? 5_000
  }

  get #rootPath(): string {
    return this.#path === '/' ? '' : this.#path
  }

  #filled(word: string): string {
    return word.replaceAll('{port}', String(this.#port)).replaceAll('{path}', this.#rootPath)
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}
