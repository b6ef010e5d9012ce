/** What one slice of load measured. */
export interface Slice {
  readonly perSecond: number
  readonly p50Ms: number
  /** What is counted beside, for each request. */
  readonly spent: number
}

export interface LoadOptions {
  readonly inFlight: number
  /** Length of a slice. */
  readonly seconds: number
  /** What was spent until now: CPU, commands. */
  spentSoFar(): Promise<number>
}

export type Send = () => Promise<unknown>

/** Medians over slices in which each has run alone, in turns, after each has run unmeasured. */
export async function alternate<Name extends string>(
  sends: Readonly<Record<Name, Send>>,
  rounds: number,
  options: LoadOptions,
): Promise<Record<Name, Slice>> {
  const all = Object.entries<Send>(sends).map(([name, send]) => ({ name, send, slices: [] as Slice[] }))
  for (const { send } of all) await load(send, { ...options, seconds: options.seconds / 2 })
  for (let round = 0; round < rounds; round++) {
    for (const { send, slices } of round % 2 ? all.toReversed() : all) slices.push(await load(send, options))
  }
  return Object.fromEntries(all.map(({ name, slices }) => [name, middle(slices)])) as Record<Name, Slice>
}

/** Keeps `inFlight` requests going for a while. */
async function load(send: Send, { inFlight, seconds, spentSoFar }: LoadOptions): Promise<Slice> {
  const times: number[] = []
  const before = await spentSoFar()
  const begin = performance.now()
  const until = begin + seconds * 1000
  const loop = async () => {
    while (performance.now() < until) {
      const start = performance.now()
      await send()
      times.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, loop))
  const took = (performance.now() - begin) / 1000
  const spent = ((await spentSoFar()) - before) / times.length
  return { perSecond: times.length / took, p50Ms: median(times), spent }
}

function middle(slices: readonly Slice[]): Slice {
  const of = (figure: keyof Slice) => median(slices.map((slice) => slice[figure]))
  return { perSecond: of('perSecond'), p50Ms: of('p50Ms'), spent: of('spent') }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
