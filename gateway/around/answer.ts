import type { ServerResponse } from 'node:http'

/** What a site is about to answer: a middleware may change both before it lets it go. */
export interface Answer {
  status: number
  readonly headers: AnswerHeaders
}

/** Headers of an answer, as Fetch's but straight on the response: a Headers of its own costs more than the rest. */
export class AnswerHeaders {
  readonly #response: ServerResponse

  /** @internal */
  constructor(response: ServerResponse) {
    this.#response = response
  }

  /** Several values are joined by commas; null where there is none. */
  get(name: string): string | null {
    const value = this.#response.getHeader(name)
    return value === undefined ? null : [value].flat().join(', ')
  }

  has(name: string): boolean {
    return this.#response.hasHeader(name)
  }

  set(name: string, value: string): void {
    this.#response.setHeader(name, value)
  }

  /** Adds a line of this name. */
  append(name: string, value: string): void {
    this.#response.appendHeader(name, value)
  }

  delete(name: string): void {
    this.#response.removeHeader(name)
  }

  *[Symbol.iterator](): Generator<[name: string, value: string]> {
    for (const name of this.#response.getHeaderNames()) yield [name, this.get(name) ?? '']
  }
}
