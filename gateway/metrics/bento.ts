import { Code } from '../../proto/index.ts'
import { httpStatuses } from '../protocols/http-status.ts'
import { histogram, type Metric, values } from './exposition.ts'
import { Ended, type Series } from './figures.ts'

/** How a series of ours is told in BentoML's labels. */
export interface BentoLabels {
  /** The name of the service. */
  readonly service: string
  /** The path of an endpoint. */
  pathOf(endpoint: string): string
}

/** What HTTP was asked, under the names that dashboards made for BentoML look for. */
export function bentoMetrics(http: readonly Series[], { service, pathOf }: BentoLabels): Metric[] {
  const own = { runner_name: service, service_name: service, service_version: 'not available' }
  const labelled = http.map((series) => ({
    series,
    labels: { endpoint: pathOf(series.labels.endpoint ?? ''), ...own },
  }))
  const ended = labelled.flatMap(({ series, labels }) =>
    [...byStatus(series)].map(([status, one]) => [{ ...labels, http_response_code: status }, one] as const),
  )
  const name = (what: string) => `bentoml_service_${what}`
  const last = Math.max(0, ...http.map(({ lastMs }) => lastMs)) / 1000
  return [
    values(
      'gauge',
      name('request_in_progress'),
      'Requests that run',
      labelled.map(({ series, labels }) => [labels, series.inFlight]),
    ),
    values(
      'counter',
      name('request_total'),
      'Requests by their status',
      ended.map(([labels, { count }]) => [labels, count]),
    ),
    histogram(
      name('request_duration_seconds'),
      'How long requests took',
      ended.filter(([, { count }]) => count > 0),
    ),
    values('gauge', name('last_request_timestamp_seconds'), 'When the last request came', [[own, last]]),
  ]
}

/** 200 and 500 are there from the start, as in BentoML. */
function byStatus({ ended }: Series): Map<number, Ended> {
  const statuses = new Map([
    [200, new Ended()],
    [500, new Ended()],
  ])
  for (const [how, { count, seconds, buckets }] of ended) {
    const status = statusOf(how)
    const sum = statuses.get(status) ?? new Ended()
    sum.count += count
    sum.seconds += seconds
    for (const [i, bucket] of buckets.entries()) sum.buckets[i] = (sum.buckets[i] as number) + bucket
    statuses.set(status, sum)
  }
  return statuses
}

function statusOf(how: string): number {
  if (how === 'OK') return 200
  if (how === 'FAILED') return 500
  return httpStatuses[Code[how as keyof typeof Code]]
}
