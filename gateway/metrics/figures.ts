// What is counted while requests run: plain numbers, that become text when somebody asks.

/** Upper bounds of the buckets that durations are counted in; BentoML's. Unit: seconds. */
export const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 180] as const

/** Requests that ended in one way. */
export class Ended {
  count = 0
  seconds = 0
  /** How many fell into each bucket, the last of which has no bound. */
  readonly buckets = new Float64Array(bounds.length + 1)

  add(seconds: number): void {
    this.count++
    this.seconds += seconds
    let at = 0
    while (at < bounds.length && seconds > (bounds[at] as number)) at++
    this.buckets[at] = (this.buckets[at] as number) + 1
  }
}

/** Requests that have the same labels. */
export class Series {
  readonly labels: Readonly<Record<string, string>>
  inFlight = 0
  /** When the last one came. Unit: ms since 1970. */
  lastMs = 0
  /** By how they ended: `OK`, `FAILED` where an executor did, else the name of the error's code. */
  readonly ended = new Map<string, Ended>()

  constructor(labels: Readonly<Record<string, string>>) {
    this.labels = labels
  }

  /** Gives back when it began, for {@link end}. */
  begin(): number {
    this.inFlight++
    return performance.now()
  }

  end(how: string, beganMs: number): void {
    this.inFlight--
    const nowMs = performance.now()
    this.lastMs = performance.timeOrigin + nowMs
    this.endedAs(how).add((nowMs - beganMs) / 1000)
  }

  endedAs(how: string): Ended {
    let ended = this.ended.get(how)
    if (!ended) {
      ended = new Ended()
      this.ended.set(how, ended)
    }
    return ended
  }
}

/** Series of one kind by their endpoint. What strangers make up is counted together, or they could fill the memory. */
export class Family {
  readonly #series = new Map<string, Series>()
  readonly #labels: Readonly<Record<string, string>>
  readonly #isKnown: (endpoint: string) => boolean

  constructor(labels: Readonly<Record<string, string>>, isKnown: (endpoint: string) => boolean) {
    this.#labels = labels
    this.#isKnown = isKnown
  }

  /** Of an endpoint; of all that nobody knows, the one named `other`. */
  of(endpoint: string): Series {
    return this.#series.get(endpoint) ?? this.#add(this.#isKnown(endpoint) ? endpoint : 'other')
  }

  get all(): readonly Series[] {
    return [...this.#series.values()]
  }

  #add(endpoint: string): Series {
    const series = this.#series.get(endpoint) ?? new Series({ ...this.#labels, endpoint })
    this.#series.set(endpoint, series)
    return series
  }
}
