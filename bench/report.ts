import type { Slice } from './measure.ts'

/** Median, least and greatest of a figure over slices. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export function spread(slices: readonly Slice[], figure: keyof Slice): Spread {
  // a slice in which nothing was answered has no CPU per request
  const sorted = slices
    .map((slice) => slice[figure])
    .filter(Number.isFinite)
    .sort((a, b) => a - b)
  const at = (place: number) => sorted[place] ?? Number.NaN
  const middle = (sorted.length - 1) / 2
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2
  return { median, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN }
}

export const head = `| protocol | work | who | req/s | p50 / p99 ms | CPU µs per request (min–max) | Jina touched / this | floor / this | errors |
|---|---|---|---|---|---|---|---|---|`

/** One row for each target of a cell. */
export function rows(protocol: string, workload: string, cell: ReadonlyMap<string, readonly Slice[]>): string[] {
  const cpu = (name: string) => spread(cell.get(name) ?? [], 'cpuUs').median
  return [...cell].map(([name, slices]) => {
    const { median, min, max } = spread(slices, 'cpuUs')
    const latency = `${spread(slices, 'p50Ms').median.toFixed(2)} / ${spread(slices, 'p99Ms').median.toFixed(1)}`
    const errors = slices.reduce((sum, slice) => sum + slice.errors, 0)
    const ratio = (other: string) => figure(cpu(other) / median, 2)
    return `| ${protocol} | ${workload} | ${name} | ${figure(spread(slices, 'reqPerSecond').median)} | ${latency} | ${figure(median)} (${figure(min)}–${figure(max)}) | ${ratio('Jina, touched')} | ${ratio('floor')} | ${errors} |`
  })
}

/** What the figures are compared with: requests per CPU-second, ours over theirs. Unary gRPC is measured and has no goal: clients stream. */
const goals: { workloads: string[]; ours: string; theirs: string; least: number }[] = [
  { workloads: ['w1', 'w2'], ours: 'sluice, touched', theirs: 'Jina, touched', least: 15 },
  { workloads: ['w3'], ours: 'sluice, touched', theirs: 'Jina, touched', least: 5 },
  { workloads: ['w1', 'w2', 'w3'], ours: 'sluice, untouched', theirs: 'floor', least: 0.4 },
]

/** One line for each goal of a cell: met or missed, with the figure. */
export function verdicts(protocol: string, workload: string, cell: ReadonlyMap<string, readonly Slice[]>): string[] {
  if (protocol === 'grpc-unary') return []
  return goals
    .filter(({ workloads, theirs }) => workloads.includes(workload) && cell.has(theirs))
    .map(({ ours, theirs, least }) => {
      const ratio = spread(cell.get(theirs) ?? [], 'cpuUs').median / spread(cell.get(ours) ?? [], 'cpuUs').median
      const verdict = Number.isNaN(ratio) ? 'not measured, nothing was answered' : ratio >= least ? 'met' : 'MISSED'
      return `- ${protocol} ${workload}: ${ours} ≥ ${least} × ${theirs}: ${verdict} (${figure(ratio, 2)} ×)`
    })
}

function figure(value: number, decimals?: number): string {
  if (Number.isNaN(value)) return '–'
  return decimals !== undefined ? value.toFixed(decimals) : value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
