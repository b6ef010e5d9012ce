import { MessageChannel, Worker, type WorkerOptions } from 'node:worker_threads'
import { decodeFrame, FlowError, type Handler, type Logger } from '../../proto/index.ts'
import { PortConnection } from '../transports/worker/dial.ts'
import { PortListener } from '../transports/worker/listen.ts'
import { markLost } from './lost.ts'
import type { FromWorker, ToWorker, WorkerData, WorkerSpec } from './messages.ts'

/** A running worker thread and the connection to its executor. */
export interface Thread {
  readonly connection: PortConnection
  /** Endpoints whose requests must not run twice. */
  readonly onceOnly: readonly string[]
  /** Resolves with the reason when it has ended, whoever ended it. */
  readonly ended: Promise<FlowError>
  /** Finishes what runs and ends. */
  drain(): Promise<void>
  /** Ends it now; what it holds is rejected with `error`. */
  terminate(error: FlowError): Promise<void>
}

export interface ThreadOptions {
  readonly spec: WorkerSpec
  /** Environment beside this process's. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** How its executor reaches other deployments. */
  readonly peers?: Handler | undefined
  readonly logger: Logger
}

/** Starts `main` beside this file: JavaScript in the package, TypeScript from the sources, whose loader each thread needs anew. */
function createWorker(options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./main.js', import.meta.url), options)
  const [tsx, main] = [import.meta.resolve('tsx/esm/api'), new URL('./main.ts', import.meta.url).href]
  const boot = `import(${JSON.stringify(tsx)}).then((tsx) => (tsx.register(), import(${JSON.stringify(main)})))`
  return new Worker(boot, { ...options, eval: true })
}

/**
 * Starts an executor in a thread of its own; resolves when it is ready.
 * @throws {FlowError} why it did not start
 */
export function startThread({ spec, env, peers = nobody, logger }: ThreadOptions): Promise<Thread> {
  const { name } = spec
  const { port1, port2 } = new MessageChannel()
  const { port1: asked, port2: peersPort } = new MessageChannel()
  const asks = new PortListener(`worker://${name}`, { handler: peers, endpoints: [] })
  asks.accept(asked)
  const workerData: WorkerData = { spec, port: port2, peersPort }
  const worker = createWorker({ workerData, transferList: [port2, peersPort], env: { ...process.env, ...env }, name })
  const connection = new PortConnection(`worker://${name}`, port1, undefined)

  let why: FlowError | undefined
  let draining = false
  const ended = new Promise<FlowError>((resolve) => {
    worker.once('exit', (code) => {
      why ??= draining
        ? stopped(name)
        : new FlowError('UNAVAILABLE', `the thread ended with ${code}`, { executor: name })
      connection.fail(markLost(why))
      connection.close()
      asks.close()
      resolve(why)
    })
  })
  // it closes its end when it has said all: what its executor left open does not keep it
  port1.once('close', () => {
    if (draining) worker.terminate()
  })
  worker.on('error', (error) => {
    why ??= crashed(name, error)
  })

  return new Promise((resolve, reject) => {
    ended.then(reject)
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'log') logger[message.level](message.fields, message.message)
      else if (message.kind === 'stats') connection.stats = message.stats
      else if (message.kind === 'failed') why ??= decodeFrame(message.error).error
      else if (message.kind === 'ready') {
        connection.endpoints = message.endpoints
        connection.apis = message.apis
        resolve({
          connection,
          onceOnly: message.onceOnly,
          ended,
          async drain() {
            draining = true
            worker.postMessage({ kind: 'drain' } satisfies ToWorker)
            await ended
          },
          async terminate(error) {
            why ??= markLost(error)
            connection.fail(why)
            await worker.terminate()
          },
        })
      }
    })
  })
}

const nobody: Handler = async () => {
  throw new FlowError('FAILED_PRECONDITION', 'no other deployment can be reached from here')
}

function crashed(executor: string, error: unknown): FlowError {
  const { reason } = FlowError.from(error)
  return new FlowError('UNAVAILABLE', `the executor crashed: ${reason}`, { executor, cause: error })
}

function stopped(executor: string): FlowError {
  return new FlowError('UNAVAILABLE', 'the executor has stopped', { executor })
}
