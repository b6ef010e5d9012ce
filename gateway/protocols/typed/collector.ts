/**
 * Bytes of a file as they come. Where it is known how many may come at most, they are put where they stay: gathering pieces first and
 * joining them in the end would hold a large file twice.
 */
export class Collector {
  readonly #most: number | undefined
  #pieces: Buffer[] = []
  #whole: Buffer | undefined
  #length = 0

  /** @param most - how many may come. Unit: bytes */
  constructor(most: number | undefined) {
    this.#most = most
  }

  add(chunk: Buffer): void {
    if (this.#most !== undefined && this.#pieces.length === 1 && !this.#whole) this.#begin(this.#most)
    if (this.#whole) chunk.copy(this.#whole, this.#length)
    else this.#pieces.push(chunk)
    this.#length += chunk.length
  }

  /** All of them; the room that was not needed is given back. */
  end(): Uint8Array {
    const [whole, length] = [this.#whole, this.#length]
    if (!whole) return this.#pieces.length === 1 ? (this.#pieces[0] as Buffer) : Buffer.concat(this.#pieces)
    return length < whole.length / 2 ? Buffer.from(whole.subarray(0, length)) : whole.subarray(0, length)
  }

  // pages of memory that nobody writes to are none
  #begin(most: number): void {
    this.#whole = Buffer.allocUnsafeSlow(Math.max(most, this.#length))
    for (const piece of this.#pieces.splice(0)) piece.copy(this.#whole)
  }
}
