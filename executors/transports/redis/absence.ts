/** How long nobody must have been seen. A consumer says that it is there more often, also after it found its way back to Redis. Unit: ms. */
const certainMs = 2000

/** Whether the consumers of a deployment are gone, or only not heard for a moment: Redis was away, or one is being replaced. */
export class Absence {
  #seenAt = Number.NEGATIVE_INFINITY
  #certain = true

  get certain(): boolean {
    return this.#certain
  }

  /** @param backAt - since when Redis has been there; nobody could be seen before. Unit: ms of this process */
  look(someIsThere: boolean, backAt: number): void {
    const now = performance.now()
    if (someIsThere) this.#seenAt = now
    const seenAt = Math.max(this.#seenAt, Number.isFinite(this.#seenAt) ? backAt : this.#seenAt)
    this.#certain = now - seenAt >= certainMs
  }
}
