import { once } from 'node:events'
import type { OutgoingHttpHeader, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'

/** What a site is about to answer: a middleware may change both before it lets it go. */
export interface Answer {
  status: number
  readonly headers: Headers
}

/** Emitted by the response of a connection that a site has taken over. */
export const TAKEN = 'taken over'

type Writes = Pick<ServerResponse, 'writeHead' | 'write' | 'end' | 'flushHeaders'>
const names = ['writeHead', 'write', 'end', 'flushHeaders'] as const

/**
 * Holds a response back from the moment that its head is known: until it is let go what is written waits, and then flows untouched.
 * Or all of it is dropped, and something else is answered.
 */
export class HeldResponse {
  /** Resolves when the site has said how it answers. */
  readonly answer: Promise<Answer>
  readonly #response: ServerResponse
  readonly #real: Writes
  readonly #sent: PropertyDescriptor | undefined
  readonly #waiting: (() => unknown)[] = []
  #answer: Answer | undefined
  #tell!: (answer: Answer) => void
  #over = false

  constructor(response: ServerResponse) {
    this.#response = response
    this.#real = Object.fromEntries(names.map((name) => [name, response[name]])) as unknown as Writes
    this.#sent = Object.getOwnPropertyDescriptor(response, 'headersSent')
    this.answer = new Promise((resolve) => {
      this.#tell = resolve
    })
    response.once('close', () => this.#know({ status: 499, headers: new Headers() }))
    response.once(TAKEN, () => {
      this.#over = true
      this.#know({ status: 101, headers: new Headers() })
    })
    this.#hold()
  }

  /** Sends what the site answers, with the answer's status and headers. */
  release(): void {
    if (this.#over || !this.#answer) return
    this.#over = true
    const response = this.#response
    this.#restore()
    if (response.destroyed) return
    setHeaders(response, this.#answer.headers)
    response.statusCode = this.#answer.status
    this.#real.writeHead.call(response, this.#answer.status)
    let flowing: unknown = true
    for (const write of this.#waiting) flowing = write()
    if (flowing) response.emit('drain')
  }

  /** Sends this instead of whatever the site says. */
  async replace(other: Response): Promise<void> {
    if (this.#over) return
    this.#over = true
    const response = this.#response
    this.#restore()
    this.#discard()
    // its head goes out at once, its body as it comes
    const sent = response.destroyed ? undefined : sendResponse(response, other, this.#real)
    muteHeaders(response)
    await sent
  }

  /** As {@link replace}, with what `write` does to the response at once. */
  replaceBy(write: () => void): void {
    if (this.#over) return
    this.#over = true
    this.#restore()
    for (const name of this.#response.getHeaderNames()) this.#response.removeHeader(name)
    write()
    this.#discard()
    muteHeaders(this.#response)
  }

  #hold(): void {
    const response = this.#response
    response.writeHead = ((status: number, ...more: unknown[]) => {
      response.statusCode = status
      if (typeof more[0] === 'string') response.statusMessage = more[0]
      for (const [name, value] of headersOf(more.at(-1))) response.setHeader(name, value)
      this.#begun()
      return response
    }) as ServerResponse['writeHead']
    response.flushHeaders = () => this.#begun()
    response.write = ((...args: Parameters<ServerResponse['write']>) => {
      this.#begun()
      this.#waiting.push(() => this.#real.write.apply(response, args))
      return false
    }) as ServerResponse['write']
    response.end = ((...args: Parameters<ServerResponse['end']>) => {
      // Node counts the body of an answer that is one piece; it cannot when the head goes first
      if (!this.#answer && !response.hasHeader('transfer-encoding')) countBody(response, args[0])
      this.#begun()
      this.#waiting.push(() => this.#real.end.apply(response, args))
      return response
    }) as ServerResponse['end']
    Object.defineProperty(response, 'headersSent', { get: () => this.#answer !== undefined, configurable: true })
  }

  #begun(): void {
    this.#know({ status: this.#response.statusCode, headers: headersFrom(this.#response) })
  }

  #know(answer: Answer): void {
    this.#answer ??= answer
    this.#tell(this.#answer)
  }

  #restore(): void {
    Object.assign(this.#response, this.#real)
    if (this.#sent) Object.defineProperty(this.#response, 'headersSent', this.#sent)
    else Reflect.deleteProperty(this.#response, 'headersSent')
  }

  /** The site may go on to write: nobody reads it. */
  #discard(): void {
    const response = this.#response
    const nothing = () => response
    Object.assign(response, { writeHead: nothing, end: nothing, flushHeaders() {}, write: () => true })
    if (response.headersSent) return
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    // late writers look here
    Object.defineProperty(response, 'headersSent', { get: () => true, configurable: true })
  }
}

// a late writer would be told by an exception that the head is gone
function muteHeaders(response: ServerResponse): void {
  const nothing = () => response
  Object.assign(response, { setHeader: nothing, setHeaders: nothing, appendHeader: nothing, removeHeader() {} })
}

/** Writes a Fetch Response; with `writes`, past those that the response has now. */
export async function sendResponse(
  response: ServerResponse,
  answer: Response,
  writes: Writes = response,
): Promise<void> {
  const { status, body } = answer
  for (const [name, value] of answer.headers) response.appendHeader(name, value)
  if (!body && hasBody(status)) response.setHeader('content-length', 0)
  writes.writeHead.call(response, status)
  const write = writes.write.bind(response) as (chunk: Uint8Array) => boolean
  if (body) {
    for await (const chunk of Readable.fromWeb(body as ReadableStream<Uint8Array>)) {
      if (response.destroyed) break
      if (!write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')])
    }
  }
  const end = writes.end.bind(response) as () => void
  end()
}

function headersOf(given: unknown): [string, OutgoingHttpHeader][] {
  if (!given || typeof given !== 'object') return []
  if (!Array.isArray(given)) return Object.entries(given) as [string, OutgoingHttpHeader][]
  if (Array.isArray(given[0])) return given as [string, OutgoingHttpHeader][]
  return Array.from({ length: given.length / 2 }, (_, i) => [given[2 * i], given[2 * i + 1]])
}

function headersFrom(response: ServerResponse): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(response.getHeaders())) {
    for (const one of [value].flat()) if (one !== undefined) headers.append(name, String(one))
  }
  return headers
}

function setHeaders(response: ServerResponse, headers: Headers): void {
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  for (const [name, value] of headers) response.appendHeader(name, value)
}

function hasBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304
}

function countBody(response: ServerResponse, body: unknown): void {
  if (response.hasHeader('content-length') || !hasBody(response.statusCode)) return
  const length = typeof body === 'string' || body instanceof Uint8Array ? Buffer.byteLength(body) : 0
  response.setHeader('content-length', length)
}
