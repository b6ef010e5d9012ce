import { messageTooLarge } from '../protocols/close-error.ts'

/**
 * Cuts JSON values that follow one another, with or without anything between them, out of the pieces they come in. Objects, lists and
 * texts end where they end; a number or a word ends with white space, or with the piece: who sends them without a mark sends each in one.
 */
export class JsonTexts {
  readonly #maxLength: number
  #text = ''
  /** Where the scan goes on, and what it is inside. */
  #at = 0
  #depth = 0
  #quoted = false
  #escaped = false

  /** @param maxLength - of one value. Unit: characters */
  constructor(maxLength: number) {
    this.#maxLength = maxLength
  }

  /** The values that end in this piece. @throws {FlowError} RESOURCE_EXHAUSTED for a value that is too long */
  *feed(piece: string): Generator<string, void> {
    this.#text += piece
    let start = 0
    for (; this.#at < this.#text.length; this.#at++) {
      const end = this.#step(this.#text[this.#at] as string, start)
      if (end === undefined) continue
      const value = this.#text.slice(start, end).trim()
      if (value !== '') yield value
      start = end
    }
    // a number or a word
    const open = this.#depth > 0 || this.#quoted
    const rest = this.#text.slice(start)
    if (!open && rest.trim() !== '') yield rest.trim()
    this.#text = open ? rest : ''
    this.#at = this.#text.length
    if (this.#text.length > this.#maxLength) throw messageTooLarge('a stream', this.#maxLength)
  }

  /** What is left when nothing more comes. */
  *end(): Generator<string, void> {
    const rest = this.#text.trim()
    this.#text = ''
    if (rest !== '') yield rest
  }

  /** The end of the value that ends before or with this character. */
  #step(character: string, start: number): number | undefined {
    const at = this.#at
    if (this.#quoted) {
      if (this.#escaped) this.#escaped = false
      else if (character === '\\') this.#escaped = true
      else if (character === '"') {
        this.#quoted = false
        if (this.#depth === 0) return at + 1
      }
      return undefined
    }
    if (character === '"') {
      this.#quoted = true
      return this.#depth === 0 && at > start ? at : undefined
    }
    if (character === '{' || character === '[') {
      return this.#depth++ === 0 && at > start ? at : undefined
    }
    if (character === '}' || character === ']') return --this.#depth === 0 ? at + 1 : undefined
    return this.#depth === 0 && /\s/.test(character) ? at + 1 : undefined
  }
}
