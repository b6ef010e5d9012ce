import type { IncomingMessage, ServerResponse } from 'node:http'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { TypedRoute } from './routes.ts'
import { sendBody } from './send.ts'

/** Counts calls under BentoML's names, so that its dashboards show them. Unknown paths are not counted: a stranger could make any number of them. */
export interface Metrics {
  /** Counts one request of a route until its response closes. */
  count(route: TypedRoute, response: ServerResponse): void
  /** `/metrics` */
  answer(request: IncomingMessage, response: ServerResponse): void
}

const labelNames = ['endpoint', 'service_name', 'runner_name', 'service_version'] as const
const withCode = [...labelNames, 'http_response_code'] as const

export function createMetrics(): Metrics {
  const register = new Registry()
  const registers = [register]
  const total = new Counter({
    name: 'bentoml_service_request_total',
    help: 'Requests by endpoint and status',
    labelNames: withCode,
    registers,
  })
  const seconds = new Histogram({
    name: 'bentoml_service_request_duration_seconds',
    help: 'From the request to the end of its response, in seconds',
    labelNames: withCode,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  })
  const running = new Gauge({
    name: 'bentoml_service_request_in_progress',
    help: 'Requests that are not answered yet',
    labelNames,
    registers,
  })
  const last = new Gauge({
    name: 'bentoml_service_last_request_timestamp_seconds',
    help: 'When the last request came, in seconds since 1970',
    labelNames,
    registers,
  })

  return {
    count({ path, service: { name } }, response) {
      const labels = { endpoint: path, service_name: name, runner_name: name, service_version: 'not available' }
      const begun = performance.now()
      running.inc(labels)
      last.set(labels, Date.now() / 1000)
      response.once('close', () => {
        const coded = { ...labels, http_response_code: String(response.statusCode) }
        running.dec(labels)
        total.inc(coded)
        seconds.observe(coded, (performance.now() - begun) / 1000)
      })
    },
    answer(_request, response) {
      register.metrics().then(
        (text) => sendBody(response, 200, { 'content-type': register.contentType }, text),
        () => sendBody(response, 500, {}, ''),
      )
    },
  }
}
