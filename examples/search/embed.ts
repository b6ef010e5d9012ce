import { type DocumentArray, Executor, requests } from 'sluice'
import { z } from 'zod'

const options = z.object({ dimensions: z.int().min(16).max(65_536).default(16_384) })

/**
 * Hashed words, weighted by TF-IDF: each word adds to one of `dimensions` numbers. Paragraphs get how often they have a word,
 * questions how rare it is; their product is large where they share rare words.
 */
export default class Embed extends Executor<z.infer<typeof options>> {
  static override options = options

  #paragraphs = 0
  readonly #having = new Uint32Array(this.options.dimensions)

  @requests('/index')
  embedParagraphs(docs: DocumentArray): void {
    for (const doc of docs) {
      const counts = this.#count(doc.text)
      counts.forEach((count, slot) => {
        if (count > 0) this.#having[slot] = (this.#having[slot] ?? 0) + 1
      })
      this.#paragraphs++
      doc.embedding = unit(counts.map((count) => Math.log1p(count)))
    }
  }

  @requests('/search')
  embedQuestions(docs: DocumentArray): void {
    for (const doc of docs) {
      doc.embedding = unit(this.#count(doc.text).map((count, slot) => (count > 0 ? this.#rarity(slot) ** 2 : 0)))
    }
  }

  #rarity(slot: number): number {
    return Math.log((1 + this.#paragraphs) / (1 + (this.#having[slot] ?? 0)))
  }

  #count(text: string): Float32Array {
    const counts = new Float32Array(this.options.dimensions)
    for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu)) {
      const slot = hash(stem(word)) % counts.length
      counts[slot] = (counts[slot] ?? 0) + 1
    }
    return counts
  }
}

// enough of English endings that "whales" finds "whale"
function stem(word: string): string {
  return word.length > 4 ? word.replace(/(ing|ed|es|s)$/, '') : word
}

/** FNV-1a, 32 bits. @see https://datatracker.ietf.org/doc/html/draft-eastlake-fnv */
function hash(word: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)) || 1
  return vector.map((value) => value / length)
}
