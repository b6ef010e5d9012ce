/** How long a better answer is believed over later ones. Unit: ms. */
const believedMs = 60_000

/** Redis's clock as this process knows it: the clocks of machines differ, and what stands in Redis is aged by one of them. */
export class RedisClock {
  #offset = Number.NaN
  #error = Number.POSITIVE_INFINITY
  #learntAt = 0

  /** Takes a time that Redis told when it was asked at `askedAt`, on this process's clock; the quickest answer is the best. Unit: ms. */
  learn(redisMs: number, askedAt: number): void {
    const now = performance.now()
    const error = (now - askedAt) / 2
    if (error > this.#error && now - this.#learntAt < believedMs) return
    this.#offset = redisMs - now + error
    this.#error = error
    this.#learntAt = now
  }

  /** What was learnt may be another Redis's. */
  forget(): void {
    this.#error = Number.POSITIVE_INFINITY
  }

  get known(): boolean {
    return !Number.isNaN(this.#offset)
  }

  /** NaN where it is not known. Unit: ms. */
  now(): number {
    return performance.now() + this.#offset
  }
}
