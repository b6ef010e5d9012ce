import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Metric as PromMetric, Registry } from 'prom-client'
import { FlowError, type Logger } from '../../proto/index.ts'
import type { WebSite } from '../protocols/index.ts'
import type { Metric } from './exposition.ts'

/**
 * `/metrics` for Prometheus: the gateway's figures, the process's, and whatever executors of this process count with prom-client's own
 * registry. The library is loaded when somebody asks first.
 */
export function createMetricsSite(figures: () => readonly Metric[], logger: Logger): WebSite {
  return {
    answer(request, response) {
      if (!/^\/metrics(\?|$)/.test(request.url ?? '')) return false
      if (request.method === 'GET' || request.method === 'HEAD') show(figures, request, response, logger)
      else response.writeHead(405, { allow: 'GET, HEAD', 'content-length': 0 }).end()
      return true
    },
  }
}

async function show(
  figures: () => readonly Metric[],
  request: IncomingMessage,
  response: ServerResponse,
  logger: Logger,
): Promise<void> {
  try {
    const registry = await gather(figures())
    const text = await registry.metrics()
    if (response.destroyed) return
    response.writeHead(200, { 'content-type': registry.contentType, 'content-length': Buffer.byteLength(text) })
    response.end(request.method === 'HEAD' ? undefined : text)
  } catch (err) {
    logger.error({ err }, 'the metrics cannot be shown')
    if (!response.headersSent) response.writeHead(500, { 'content-length': 0 }).end()
  }
}

async function gather(figures: readonly Metric[]): Promise<Registry> {
  const library = await loadLibrary()
  const gathered = new library.Registry()
  const own = figures.map((metric) => ({ name: metric.name, get: async () => metric }) as unknown as PromMetric)
  const names = new Set<string>()
  for (const metric of [...own, ...listed(library.register), ...listed(await processMetrics(library))]) {
    const { name } = metric as unknown as { name: string }
    // who counts the process by itself is believed
    if (names.has(name)) continue
    names.add(name)
    gathered.registerMetric(metric)
  }
  return gathered
}

// the array is of metrics, whatever its type says
function listed(registry: Registry): PromMetric[] {
  return registry.getMetricsAsArray() as unknown as PromMetric[]
}

type Library = typeof import('prom-client')

let ofProcess: Registry | undefined

/** All gateways of a process have these in common. */
async function processMetrics({ Registry, collectDefaultMetrics }: Library): Promise<Registry> {
  if (!ofProcess) {
    ofProcess = new Registry()
    collectDefaultMetrics({ register: ofProcess })
  }
  return ofProcess
}

async function loadLibrary(): Promise<Library> {
  try {
    const { default: library } = await import('prom-client')
    return library
  } catch (error) {
    throw new FlowError('FAILED_PRECONDITION', 'metrics need prom-client', {
      hint: 'npm install prom-client',
      cause: error,
    })
  }
}
