import { type Context, type Document, type DocumentArray, Executor, type NdArray, requests } from 'sluice'

interface Entry {
  readonly doc: Document
  readonly vector: Float32Array
}

/** Keeps paragraphs in memory and ranks them by the product of embeddings. */
export default class Index extends Executor {
  readonly #entries: Entry[] = []

  @requests('/index')
  add(docs: DocumentArray): { indexed: number } {
    // detached: a stored document must not keep the whole message alive that it came in
    for (const doc of docs.detach()) {
      const vector = vectorOf(doc)
      doc.embedding = undefined
      this.#entries.push({ doc, vector })
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
        .map(({ doc, vector }) => ({ doc, score: product(question, vector) }))
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

function product(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}
