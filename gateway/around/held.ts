import { once } from 'node:events'
import { type OutgoingHttpHeader, OutgoingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { type Answer, AnswerHeaders } from './answer.ts'

/** Emitted by the response of a connection that a site has taken over. */
export const TAKEN = 'taken over'

type Writes = Pick<ServerResponse, 'writeHead' | 'write' | 'end' | 'flushHeaders'>
const writes = ['writeHead', 'write', 'end', 'flushHeaders'] as const

/**
 * Holds a response back from the moment that its head is known: until it is let go what is written waits, and then flows untouched.
 * Or all of it is dropped, and something else is answered. Several may hold one response, the last of them first.
 */
export class HeldResponse {
  /** Resolves when the site has said how it answers. */
  readonly answer: Promise<Answer>
  readonly #response: ServerResponse
  /** The response's methods as they were. */
  readonly #real: Writes
  readonly #wasSent: () => boolean
  readonly #waiting: (() => unknown)[] = []
  #state: 'held' | 'open' | 'dropped' = 'held'
  #answer: Answer | undefined
  #tell!: (answer: Answer) => void

  constructor(response: ServerResponse) {
    this.#response = response
    this.#real = Object.fromEntries(writes.map((name) => [name, response[name]])) as unknown as Writes
    const before = Object.getOwnPropertyDescriptor(response, 'headersSent')?.get
    this.#wasSent = () => before?.call(response) ?? isSent(response)
    this.answer = new Promise((resolve) => {
      this.#tell = resolve
    })
    response.once('close', () => this.#know(499))
    response.once(TAKEN, () => {
      this.#state = 'open'
      this.#know(101)
    })
    this.#hold()
  }

  /** Sends what the site answers, with the answer's status and headers. */
  release(): void {
    if (this.#state !== 'held' || !this.#answer) return
    this.#state = 'open'
    const response = this.#response
    if (response.destroyed) return
    response.statusCode = this.#answer.status
    this.#real.writeHead.call(response, this.#answer.status)
    let flowing: unknown = true
    for (const write of this.#waiting.splice(0)) flowing = write()
    if (flowing) response.emit('drain')
  }

  /** Sends this instead of whatever the site says. */
  async replace(other: Response): Promise<void> {
    if (this.#state !== 'held') return
    this.#drop()
    if (!this.#response.destroyed) await sendResponse(this.#response, other, this.#real)
  }

  /** As {@link replace}, with what `write` does to the response at once. */
  replaceBy(write: () => void): void {
    if (this.#state !== 'held') return
    this.#drop()
    this.#state = 'open'
    write()
    this.#state = 'dropped'
  }

  #hold(): void {
    const response = this.#response
    const real = this.#real
    const patched: Record<keyof Writes, (...args: never[]) => unknown> = {
      writeHead: (...args: Parameters<ServerResponse['writeHead']>) => {
        if (this.#state === 'open') return real.writeHead.apply(response, args)
        if (this.#state === 'held') this.#heard(...args)
        return response
      },
      flushHeaders: () => {
        if (this.#state === 'open') real.flushHeaders.call(response)
        else if (this.#state === 'held') this.#begun()
      },
      write: (...args: Parameters<ServerResponse['write']>) => {
        if (this.#state !== 'held') return this.#state === 'dropped' || real.write.apply(response, args)
        this.#begun()
        this.#waiting.push(() => real.write.apply(response, args))
        return false
      },
      end: (...args: Parameters<ServerResponse['end']>) => {
        if (this.#state === 'open') return real.end.apply(response, args)
        if (this.#state === 'dropped') return response
        // Node counts the body of an answer that is one piece; it cannot when the head goes first
        if (!this.#answer && !response.hasHeader('transfer-encoding')) countBody(response, args[0])
        this.#begun()
        this.#waiting.push(() => real.end.apply(response, args))
        return response
      },
    }
    Object.assign(response, patched)
    const sent = () =>
      this.#state === 'open' ? this.#wasSent() : this.#state === 'dropped' || this.#answer !== undefined
    Object.defineProperty(response, 'headersSent', { get: sent, configurable: true })
  }

  #heard(status: number, ...more: unknown[]): void {
    const response = this.#response
    response.statusCode = status
    if (typeof more[0] === 'string') response.statusMessage = more[0]
    for (const [name, value] of headersOf(more.at(-1))) response.setHeader(name, value)
    this.#begun()
  }

  #begun(): void {
    this.#know(this.#response.statusCode)
  }

  #know(status: number): void {
    this.#answer ??= { status, headers: new AnswerHeaders(this.#response) }
    this.#tell(this.#answer)
  }

  /** The site may go on to write: nobody reads it, and it is not told by an exception that the head is gone. */
  #drop(): void {
    this.#state = 'dropped'
    const response = this.#response
    if (!isSent(response)) for (const name of response.getHeaderNames()) response.removeHeader(name)
    for (const name of ['setHeader', 'appendHeader', 'removeHeader', 'setHeaders'] as const) {
      const real = response[name] as (...args: unknown[]) => unknown
      Object.assign(response, {
        [name]: (...args: unknown[]) => (isSent(response) ? response : real.apply(response, args)),
      })
    }
  }
}

/** What Node says, whoever holds it. */
function isSent(response: ServerResponse): boolean {
  return Reflect.get(OutgoingMessage.prototype, 'headersSent', response)
}

/** Writes a Fetch Response; with `to`, past those that the response has now. */
export async function sendResponse(response: ServerResponse, answer: Response, to: Writes = response): Promise<void> {
  const { status, body } = answer
  for (const [name, value] of answer.headers) response.appendHeader(name, value)
  if (!body && hasBody(status)) response.setHeader('content-length', 0)
  to.writeHead.call(response, status)
  const write = to.write.bind(response) as (chunk: Uint8Array) => boolean
  if (body) {
    for await (const chunk of Readable.fromWeb(body as ReadableStream<Uint8Array>)) {
      if (response.destroyed) break
      if (!write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')])
    }
  }
  const end = to.end.bind(response) as () => void
  end()
}

function headersOf(given: unknown): [string, OutgoingHttpHeader][] {
  if (!given || typeof given !== 'object') return []
  if (!Array.isArray(given)) return Object.entries(given) as [string, OutgoingHttpHeader][]
  if (Array.isArray(given[0])) return given as [string, OutgoingHttpHeader][]
  return Array.from({ length: given.length / 2 }, (_, i) => [given[2 * i], given[2 * i + 1]])
}

function hasBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304
}

function countBody(response: ServerResponse, body: unknown): void {
  if (response.hasHeader('content-length') || !hasBody(response.statusCode)) return
  const length = typeof body === 'string' || body instanceof Uint8Array ? Buffer.byteLength(body) : 0
  response.setHeader('content-length', length)
}
