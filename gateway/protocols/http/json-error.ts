// Where text stops being JSON, in the words of Python's decoder: Jina's clients see them in a 422. Only run on text that JSON.parse refused.

export interface JsonError {
  msg: string
  pos: number
  lineno: number
  colno: number
}

const NUMBER = /-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y
const LITERAL = /true|false|null|NaN|-?Infinity/y
const SPACE = /[ \t\n\r]*/y
const STRING = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/uy

/** The first mistake in `text`; one at the start where Python would find none. */
export function findJsonError(text: string): JsonError {
  const { msg, pos } = new Finder(text).find() ?? { msg: 'Expecting value', pos: 0 }
  const before = text.slice(0, pos)
  return { msg, pos, lineno: before.split('\n').length, colno: pos - before.lastIndexOf('\n') }
}

interface Mistake {
  msg: string
  pos: number
}

/** Walks the text with a stack of its own: it may be nested deeper than calls can be. */
class Finder {
  readonly #text: string
  readonly #closers: string[] = []
  #pos = 0

  constructor(text: string) {
    this.#text = text
  }

  find(): Mistake | undefined {
    this.#match(SPACE)
    let mistake = this.#value()
    while (!mistake && this.#closers.length > 0) mistake = this.#next()
    if (mistake) return mistake
    this.#match(SPACE)
    return this.#pos < this.#text.length ? this.#mistake('Extra data') : undefined
  }

  #value(): Mistake | undefined {
    const first = this.#text[this.#pos]
    if (first === '"') return this.#string()
    if (first === '[' || first === '{') return this.#open(first)
    return this.#match(LITERAL) || this.#match(NUMBER) ? undefined : this.#mistake('Expecting value')
  }

  #open(bracket: '[' | '{'): Mistake | undefined {
    this.#pos++
    this.#match(SPACE)
    const closer = bracket === '[' ? ']' : '}'
    if (this.#text[this.#pos] === closer) {
      this.#pos++
      return undefined
    }
    this.#closers.push(closer)
    return closer === '}' ? this.#property() : this.#value()
  }

  #next(): Mistake | undefined {
    const closer = this.#closers.at(-1) as string
    this.#match(SPACE)
    const found = this.#text[this.#pos]
    if (found === closer) {
      this.#pos++
      this.#closers.pop()
      return undefined
    }
    if (found !== ',') return this.#mistake("Expecting ',' delimiter")
    this.#pos++
    this.#match(SPACE)
    return closer === '}' ? this.#property() : this.#value()
  }

  #property(): Mistake | undefined {
    if (this.#text[this.#pos] !== '"') return this.#mistake('Expecting property name enclosed in double quotes')
    const mistake = this.#string()
    if (mistake) return mistake
    this.#match(SPACE)
    if (this.#text[this.#pos] !== ':') return this.#mistake("Expecting ':' delimiter")
    this.#pos++
    this.#match(SPACE)
    return this.#value()
  }

  #string(): Mistake | undefined {
    const start = this.#pos
    this.#match(STRING)
    const stopped = this.#text[this.#pos]
    if (stopped === '"') {
      this.#pos++
      return undefined
    }
    if (stopped === undefined) return { msg: 'Unterminated string starting at', pos: start }
    return this.#mistake(stopped === '\\' ? 'Invalid \\escape' : 'Invalid control character at')
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#pos
    const found = pattern.exec(this.#text)
    if (found) this.#pos = pattern.lastIndex
    return found !== null
  }

  #mistake(msg: string): Mistake {
    return { msg, pos: this.#pos }
  }
}
