import { type Context, type Document, type DocumentArray, Executor, type NdArray, requests } from 'sluice'

/** A paragraph and the numbers of its embedding that are not zero: a few dozen of thousands. */
interface Entry {
  readonly doc: Document
  readonly slots: Uint16Array
  readonly weights: Float32Array
}

/** Keeps paragraphs in memory and ranks them by the product of embeddings. */
export default class Index extends Executor {
  readonly #entries: Entry[] = []

  @requests('/index')
  add(docs: DocumentArray): { indexed: number } {
    // detached: a stored document must not keep the whole message alive that it came in
    for (const doc of docs.detach()) {
      const vector = vectorOf(doc)
      const slots = Uint16Array.from([...vector.keys()].filter((slot) => vector[slot] !== 0))
      this.#entries.push({ doc, slots, weights: Float32Array.from(slots, (slot) => vector[slot] as number) })
      doc.embedding = undefined
    }
    docs.length = 0
    return { indexed: this.#entries.length }
  }

  /** `parameters.limit` matches for each question; 5 unless said. */
  @requests('/search')
  search(docs: DocumentArray, { parameters }: Context): void {
    const limit = Math.max(0, Math.floor(Number(parameters.limit ?? 5)))
    for (const doc of docs) {
      const question = vectorOf(doc)
      const ranked = this.#entries
        .map((entry) => ({ doc: entry.doc, score: product(question, entry) }))
        .sort((a, b) => b.score - a.score)
        .filter(({ score }, rank) => rank < limit && score > 0)
      doc.embedding = undefined
      doc.matches = ranked.map(({ doc, score }) => {
        const match = doc.clone()
        match.scores = { cosine: { value: score } }
        return match
      })
    }
  }
}

function vectorOf(doc: Document): Float32Array {
  return (doc.embedding as NdArray).data as Float32Array
}

function product(question: Float32Array, { slots, weights }: Entry): number {
  let sum = 0
  for (let i = 0; i < slots.length; i++) sum += (question[slots[i] as number] as number) * (weights[i] as number)
  return sum
}
