import { parentPort, workerData } from 'node:worker_threads'
import { encodeFrame, FlowError, type JsonObject, type Logger, messageOf } from '../../proto/index.ts'
import { type Hosted, host } from '../host.ts'
import { loadExecutor } from '../load.ts'
import { PortConnection } from '../transports/worker/dial.ts'
import { PortListener } from '../transports/worker/listen.ts'
import type { FromWorker, LogLevel, ToWorker, WorkerData } from './messages.ts'

// A worker thread: one executor behind a port.

const { spec, port, peersPort } = workerData as WorkerData

const tell = (message: FromWorker): void => parentPort?.postMessage(message)

const log =
  (level: LogLevel): Logger['warn'] =>
  (fields, message) =>
    tell({ kind: 'log', level, fields: cloneable(fields), message })

const logger: Logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }

try {
  const { uses, baseDir, modules } = spec
  const peers = new PortConnection(`worker://${spec.name}`, peersPort, undefined).send
  const hosted = await host(await loadExecutor(uses, baseDir, modules), spec, { peers, logger })
  const { endpoints, onceOnly, apis } = hosted
  const listener = new PortListener(`worker://${spec.name}`, hosted)
  const { background } = hosted
  background.onChange = () => tell({ kind: 'stats', stats: background.stats() })
  listener.accept(port)
  parentPort?.on('message', ({ kind }: ToWorker) => {
    if (kind === 'drain') stop(hosted, listener)
  })
  tell({ kind: 'ready', endpoints, onceOnly, apis })
} catch (error) {
  tell({ kind: 'failed', error: encodeFrame({ id: 0, kind: 'ERROR', error: FlowError.from(error) }) })
  peersPort.close()
}

async function stop(hosted: Hosted, listener: PortListener): Promise<void> {
  await listener.drain()
  await hosted.background.idle()
  await hosted.close().catch((err: unknown) => logger.error({ err }, 'closing failed'))
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
