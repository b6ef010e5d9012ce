/** What a reader of a queue does. */
export interface Doings {
  /** Jobs that wait in its queue. */
  readonly waiting: number
  /** Jobs that it works on. */
  readonly active: number
  /** Jobs that it has ever taken. */
  readonly taken: number
}

/**
 * Finds readers that have stopped reading. Connections have come back from an outage without their readers again and again
 * (bullmq 4585, 2964, 2466), and nothing else tells.
 */
export class Watchdog {
  #taken = 0
  #idle = 0

  /** True where jobs wait, and between three looks in a row none was taken and none ran. */
  bites({ waiting, active, taken }: Doings): boolean {
    this.#idle = waiting > 0 && active === 0 && taken === this.#taken ? this.#idle + 1 : 0
    this.#taken = taken
    if (this.#idle < 2) return false
    this.#idle = 0
    return true
  }
}
