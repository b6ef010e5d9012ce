import { bounds, type Ended, type Series } from './figures.ts'

// Figures as prom-client's metrics, made when they are asked for.

type Labels = Readonly<Record<string, string | number>>

/** A metric as prom-client's registry asks for it. */
export interface Metric {
  readonly name: string
  readonly help: string
  readonly type: 'gauge' | 'counter' | 'histogram'
  readonly values: readonly { readonly metricName?: string; readonly labels: Labels; readonly value: number }[]
}

/** One value for each of some labels. */
export function values(
  type: Exclude<Metric['type'], 'histogram'>,
  name: string,
  help: string,
  entries: Iterable<readonly [Labels, number]>,
): Metric {
  const found = [...entries].map(([labels, value]) => ({ labels, value }))
  return { name, help, type, values: found }
}

export function histogram(name: string, help: string, entries: Iterable<readonly [Labels, Ended]>): Metric {
  const found = [...entries].flatMap(([labels, ended]) => [
    ...buckets(ended).map(([le, value]) => ({ metricName: `${name}_bucket`, labels: { ...labels, le }, value })),
    { metricName: `${name}_sum`, labels, value: ended.seconds },
    { metricName: `${name}_count`, labels, value: ended.count },
  ])
  return { name, help, type: 'histogram', values: found }
}

/** What some requests were, and how they ended: three metrics whose names begin with `prefix`. */
export function requestMetrics(prefix: string, what: string, series: readonly Series[]): Metric[] {
  const ended = series.flatMap(({ labels, ended }) =>
    [...ended].map(([code, one]) => [{ ...labels, code }, one] as const),
  )
  return [
    values(
      'counter',
      `${prefix}_requests_total`,
      `${what} by how they ended: OK, FAILED where an executor did, else the code of the error`,
      ended.map(([labels, { count }]) => [labels, count]),
    ),
    values(
      'gauge',
      `${prefix}_requests_in_flight`,
      `${what} that run`,
      series.map(({ labels, inFlight }) => [labels, inFlight]),
    ),
    histogram(`${prefix}_request_duration_seconds`, `${what}: how long they took`, ended),
  ]
}

function buckets({ buckets }: Ended): [le: string | number, upTo: number][] {
  let upTo = 0
  return [...bounds, '+Inf' as const].map((le, i) => {
    upTo += buckets[i] as number
    return [le, upTo]
  })
}
