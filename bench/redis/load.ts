/** What one slice of load measured. */
export interface Slice {
  readonly perSecond: number
  readonly p50Ms: number
  /** Redis commands, those in scripts included, for each request. */
  readonly commands: number
}

/** Keeps `inFlight` requests going for a while. */
export async function load(
  send: () => Promise<unknown>,
  inFlight: number,
  seconds: number,
  commandsSoFar: () => Promise<number>,
): Promise<Slice> {
  const times: number[] = []
  const before = await commandsSoFar()
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
  const commands = ((await commandsSoFar()) - before) / times.length
  return { perSecond: times.length / took, p50Ms: median(times), commands }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
