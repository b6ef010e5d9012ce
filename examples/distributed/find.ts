import { type Context, type Document, type DocumentArray, Executor, requests } from 'sluice'

/** Keeps paragraphs in memory, and ranks them by the words that they share with a question, rare ones first. */
export default class Find extends Executor {
  readonly #paragraphs: Document[] = []
  /** Where in them each word is. */
  readonly #places = new Map<string, number[]>()

  @requests('/index')
  add(paragraphs: DocumentArray): { indexed: number } {
    // detached: a stored document must not keep the whole message alive that it came in
    for (const paragraph of paragraphs.detach()) {
      const place = this.#paragraphs.push(paragraph) - 1
      for (const word of wordsOf(paragraph)) {
        const places = this.#places.get(word)
        if (places) places.push(place)
        else this.#places.set(word, [place])
      }
      delete paragraph.tags.words
    }
    paragraphs.length = 0
    return { indexed: this.#paragraphs.length }
  }

  /** `parameters.limit` matches for each question; 5 unless said. */
  @requests('/search')
  find(questions: DocumentArray, { parameters }: Context): void {
    const limit = Math.max(0, Math.floor(Number(parameters.limit ?? 5)))
    for (const question of questions) {
      const ranked = [...this.#score(wordsOf(question))].sort(([, a], [, b]) => b - a)
      delete question.tags.words
      question.matches = ranked.slice(0, limit).map(([place, score]) => {
        const match = (this.#paragraphs[place] as Document).clone()
        match.scores = { rarity: { value: score } }
        return match
      })
    }
  }

  /** Paragraphs that have any of the words, by place. */
  #score(words: readonly string[]): Map<number, number> {
    const scores = new Map<number, number>()
    for (const word of words) {
      const places = this.#places.get(word) ?? []
      const rarity = Math.log(1 + this.#paragraphs.length / places.length)
      for (const place of places) scores.set(place, (scores.get(place) ?? 0) + rarity)
    }
    return scores
  }
}

function wordsOf({ tags }: Document): string[] {
  return (tags.words ?? []) as string[]
}
