import { parentPort, workerData } from 'node:worker_threads'
import { encodeFrame, FlowError, type JsonObject, type Logger, messageOf } from '../../proto/index.ts'
import { apisOf } from '../api/api.ts'
import type { BackgroundWork } from '../background.ts'
import { endpointsOf, onceOnlyOf } from '../endpoints.ts'
import { createExecutor, type Executor } from '../executor.ts'
import { limit } from '../limit.ts'
import { loadExecutor } from '../load.ts'
import { createRunner } from '../runner.ts'
import { PortConnection } from '../transports/worker/dial.ts'
import { PortListener } from '../transports/worker/listen.ts'
import type { FromWorker, LogLevel, ToWorker, WorkerData, WorkerSpec } from './messages.ts'

// A worker thread: one executor behind a port.

const { spec, port, peersPort } = workerData as WorkerData

const tell = (message: FromWorker): void => parentPort?.postMessage(message)

const log =
  (level: LogLevel): Logger['warn'] =>
  (fields, message) =>
    tell({ kind: 'log', level, fields: cloneable(fields), message })

const logger: Logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }

try {
  const executor = await start(spec)
  const { name, concurrency, maxQueued, exposeStacks } = spec
  const peers = new PortConnection(`worker://${name}`, peersPort, undefined).send
  const runner = createRunner(executor, { exposeStacks, peers, logger })
  const handler = limit({ executor: name, concurrency, maxQueued })(runner)
  const endpoints = endpointsOf(executor)
  const listener = new PortListener(`worker://${name}`, { handler, endpoints })
  const { background } = runner
  background.onChange = () => tell({ kind: 'stats', stats: background.stats() })
  listener.accept(port)
  parentPort?.on('message', ({ kind }: ToWorker) => {
    if (kind === 'drain') stop(executor, listener, background)
  })
  tell({ kind: 'ready', endpoints, onceOnly: onceOnlyOf(executor), apis: apisOf(executor) })
} catch (error) {
  tell({ kind: 'failed', error: encodeFrame({ id: 0, kind: 'ERROR', error: FlowError.from(error) }) })
}

async function start({ name, uses, baseDir, options, workspace }: WorkerSpec): Promise<Executor> {
  const Class = await loadExecutor(uses, baseDir)
  return createExecutor(Class, { name, options, logger, ...(workspace !== undefined && { workspace }) })
}

async function stop(executor: Executor, listener: PortListener, background: BackgroundWork): Promise<void> {
  await listener.drain()
  await background.idle()
  await Promise.resolve(executor.close?.()).catch((err: unknown) => logger.error({ err }, 'closing failed'))
  tell({ kind: 'drained' })
  await listener.close()
  peersPort.close()
  parentPort?.close()
}

// what users log may be anything; errors keep what loggers show of them
function cloneable(fields: object): JsonObject {
  const shown = Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? errorFields(value) : value])
  try {
    return JSON.parse(JSON.stringify(Object.fromEntries(shown)))
  } catch (error) {
    return { unloggable: messageOf(error) }
  }
}

function errorFields({ name, message, stack }: Error): JsonObject {
  return { type: name, message, ...(stack !== undefined && { stack }) }
}
