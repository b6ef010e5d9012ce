/** Numbers that a seed decides: what went wrong can be done again. */
export class Random {
  readonly seed: number
  #state: number

  constructor(seed: number) {
    this.seed = seed
    this.#state = seed
  }

  /** At least `from`, below `to`. */
  between(from: number, to: number): number {
    return from + this.#next() * (to - from)
  }

  pick<T>(things: readonly T[]): T {
    return things[Math.floor(this.#next() * things.length)] as T
  }

  // mulberry32, which is in the public domain
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
