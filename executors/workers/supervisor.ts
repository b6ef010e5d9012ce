import {
  type ApiDescription,
  type Call,
  type DataRequest,
  encodeFrame,
  FlowError,
  orCancelled,
  readHead,
} from '../../proto/index.ts'
import type { Relay, RelayBack } from '../transports/hop/relay.ts'
import type { Connection, Stats } from '../transports/transport.ts'
import { startThread, type Thread, type ThreadOptions } from './thread.ts'

export interface SupervisorOptions extends ThreadOptions {
  /** Restarts in a row, each before the worker had been up for `steadyMs`; then it is given up. @default 10 */
  readonly maxRestarts?: number | undefined
  /** Wait before the first restart; each is twice the one before, up to 10 s. Unit: ms. @default 100 */
  readonly backoffMs?: number | undefined
  /** How long a worker must have been up to count as well. Unit: ms. @default 10 000 */
  readonly steadyMs?: number | undefined
  /** How long past its deadline a request may go on before its worker is ended. Unit: ms. @default 1000 */
  readonly hangMs?: number | undefined
}

const maxBackoffMs = 10_000

/**
 * A worker that is started again when it ends. What it held is rejected with the reason; what comes meanwhile waits for the next one.
 * A worker that does not answer long after the deadline of what it holds is ended: its thread is blocked.
 */
export class SupervisedWorker implements Connection, Relay {
  readonly #options: SupervisorOptions
  readonly #watch: NodeJS.Timeout
  #thread: Promise<Thread>
  #current: Thread | undefined
  #restarts = 0
  #stopping: FlowError | undefined
  #leaveBackoff = () => {}
  endpoints: readonly string[] | undefined
  apis: readonly ApiDescription[] | undefined
  /** Endpoints whose requests must not run twice. */
  onceOnly: readonly string[] = []

  private constructor(options: SupervisorOptions, first: Thread) {
    this.#options = options
    this.#thread = Promise.resolve(first)
    this.#adopt(first)
    const hangMs = options.hangMs ?? 1000
    this.#watch = setInterval(() => this.#endIfHung(hangMs), hangMs / 4)
    this.#watch.unref()
  }

  /** @throws {FlowError} why the worker did not start the first time */
  static async start(options: SupervisorOptions): Promise<SupervisedWorker> {
    return new SupervisedWorker(options, await startThread(options))
  }

  get ready(): boolean {
    return this.#current?.connection.ready ?? false
  }

  get stats(): Stats | undefined {
    return this.#current?.connection.stats
  }

  readonly send = async (request: DataRequest, call: Call): Promise<DataRequest> => {
    const { connection } = this.#current ?? (await orCancelled(call, this.#thread))
    return connection.send(request, call)
  }

  pass(request: Uint8Array, back: RelayBack): (frame: Uint8Array) => void {
    if (this.#current) return this.#current.connection.pass(request, back)
    const waiting: Uint8Array[] = []
    let tell = (frame: Uint8Array): void => void waiting.push(frame)
    this.#thread.then(
      ({ connection }) => {
        tell = connection.pass(request, back)
        for (const frame of waiting) tell(frame)
      },
      (error) => {
        const { id } = readHead(request)
        back.receive(encodeFrame({ id, kind: 'ERROR', error: FlowError.from(error) }), 'ERROR')
      },
    )
    return (frame) => tell(frame)
  }

  flush(): void {
    this.#current?.connection.flush()
  }

  /** Finishes what runs, and ends. */
  async drain(): Promise<void> {
    this.#stop('is stopping')
    await this.#current?.drain()
  }

  async close(): Promise<void> {
    const error = this.#stop('has stopped')
    await this.#current?.terminate(error)
  }

  #stop(what: string): FlowError {
    clearInterval(this.#watch)
    this.#stopping ??= new FlowError('UNAVAILABLE', `the executor ${what}`, { executor: this.#options.spec.name })
    this.#leaveBackoff()
    return this.#stopping
  }

  #adopt(thread: Thread): void {
    const since = performance.now()
    this.#current = thread
    this.endpoints = thread.connection.endpoints
    this.apis = thread.connection.apis
    this.onceOnly = thread.onceOnly
    thread.ended.then(() => {
      if (performance.now() - since > (this.#options.steadyMs ?? 10_000)) this.#restarts = 0
      this.#replace(thread)
    })
  }

  #replace(thread: Thread): void {
    if (this.#current !== thread) return
    this.#current = undefined
    this.#thread = thread.ended.then((error) => this.#restart(error))
    // who waits for it hears of it
    this.#thread.catch(() => {})
  }

  async #restart(error: FlowError): Promise<Thread> {
    const { spec, logger, maxRestarts = 10, backoffMs = 100 } = this.#options
    if (this.#stopping) throw this.#stopping
    while (this.#restarts < maxRestarts) {
      const waitMs = Math.min(backoffMs * 2 ** this.#restarts++, maxBackoffMs)
      logger.warn({ err: error, executor: spec.name, waitMs }, 'a worker ended, and is started again')
      await this.#backoff(waitMs)
      if (this.#stopping) throw this.#stopping
      try {
        const thread = await startThread(this.#options)
        if (this.#stopping) await thread.terminate(this.#stopping)
        this.#adopt(thread)
        return thread
      } catch (failure) {
        error = FlowError.from(failure)
      }
    }
    logger.error({ err: error, executor: spec.name }, 'a worker ended too often, and is given up')
    throw new FlowError('UNAVAILABLE', `the executor ended ${maxRestarts} times in a row: ${error.reason}`, {
      executor: spec.name,
      cause: error,
    })
  }

  #backoff(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#leaveBackoff = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #endIfHung(hangMs: number): void {
    const thread = this.#current
    if (!thread || thread.connection.overdueMs < hangMs) return
    const reason = `the executor did not stop within ${hangMs} ms of a deadline, and was ended`
    this.#replace(thread)
    thread.terminate(new FlowError('UNAVAILABLE', reason, { executor: this.#options.spec.name }))
  }
}
