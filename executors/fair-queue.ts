/** A queue in which callers take turns: who has much waiting does not hold up who has little. */
export class FairQueue<Item> {
  /** Callers in the order of their turns, and what each has waiting. */
  readonly #byCaller = new Map<string, Set<Item>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Gives back how to take the item out again before its turn. */
  push(caller: string, item: Item): () => void {
    const own = this.#byCaller.get(caller) ?? new Set()
    this.#byCaller.set(caller, own.add(item))
    this.#size++
    return () => this.#remove(caller, own, item)
  }

  /** The next item; its caller's turn comes again after all others'. */
  shift(): Item | undefined {
    const next = this.#byCaller.entries().next().value
    if (!next) return undefined
    const [caller, own] = next
    const [item] = own as Set<Item> & Iterable<Item>
    this.#byCaller.delete(caller)
    this.#byCaller.set(caller, own)
    this.#remove(caller, own, item as Item)
    return item
  }

  #remove(caller: string, own: Set<Item>, item: Item): void {
    if (!own.delete(item)) return
    this.#size--
    if (own.size === 0) this.#byCaller.delete(caller)
  }
}
