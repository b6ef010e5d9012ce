import {
  type Call,
  type DataRequest,
  decodeJsonAnswer,
  encodeJsonRequest,
  FlowError,
  type Handler,
  type Status,
  whenCancelled,
} from '../../proto/index.ts'
import type { Address } from '../options.ts'
import { chunksOf, type Fetcher, request, TIMEOUT_HEADER, textOf } from './fetcher.ts'
import { refusal } from './http-status.ts'
import { linesOf } from './lines.ts'
import type { ClientProtocol, Compression, DryRunOptions, Session, SessionOptions } from './protocol.ts'

const NDJSON = 'application/x-ndjson'

/** Jina's HTTP: each request is a POST to `/post`. Runs in browsers too. */
export function httpProtocol({ host, port, tls }: Address, fetcher: Fetcher, maxMessageBytes: number): ClientProtocol {
  const base = `${tls ? 'https' : 'http'}://${host}:${port}`
  return {
    open: (options) => new HttpSession(fetcher, `${base}/post`, options, maxMessageBytes),
    dryRun: (options) => dryRun(fetcher, `${base}/dry_run`, options, maxMessageBytes),
    // the fetcher's maker closes it
    async close() {},
  }
}

class HttpSession implements Session {
  readonly #fetcher: Fetcher
  readonly #url: string
  readonly #options: SessionOptions
  readonly #maxMessageBytes: number
  readonly #onTheirWay = new Set<AbortController>()
  #closed = false

  constructor(fetcher: Fetcher, url: string, options: SessionOptions, maxMessageBytes: number) {
    this.#fetcher = fetcher
    this.#url = url
    this.#options = options
    this.#maxMessageBytes = maxMessageBytes
  }

  readonly send: Handler = async (asked, call) => {
    if (this.#closed) throw givenUp()
    const controller = new AbortController()
    this.#onTheirWay.add(controller)
    const leave = whenCancelled(call, (error) => controller.abort(error))
    try {
      const { compression, metadata } = this.#options
      const { body, headers } = await compressed(encodeJsonRequest(asked), compression)
      return await this.#exchange(asked, call, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers, ...headersOf(asked, call), ...metadata },
        body,
        signal: controller.signal,
      })
    } finally {
      leave()
      this.#onTheirWay.delete(controller)
    }
  }

  close(): void {
    this.#closed = true
    for (const controller of this.#onTheirWay) controller.abort(givenUp())
  }

  async #exchange(asked: DataRequest, { emit }: Call, init: RequestInit): Promise<DataRequest> {
    const response = await request(this.#fetcher, this.#url, init)
    const inParts = emit && response.ok && response.headers.get('content-type')?.startsWith(NDJSON)
    if (inParts) return this.#readParts(asked, emit, response, init)
    return answerOf(asked, response.status, await textOf(response, init, this.#maxMessageBytes))
  }

  /** Gives the parts on one after the other, and nothing is read meanwhile; the line without a part's number is the answer. */
  async #readParts(
    asked: DataRequest,
    emit: NonNullable<Call['emit']>,
    response: Response,
    init: RequestInit,
  ): Promise<DataRequest> {
    let answer: DataRequest | undefined
    for await (const line of linesOf(chunksOf(response, init), this.#url, this.#maxMessageBytes)) {
      // a heartbeat
      if (line.trim() === '') continue
      const read = answerOf(asked, response.status, line)
      if (read.header.part === undefined || read.failed) answer = read
      else await emit(read)
    }
    if (answer) return answer
    throw new FlowError('UNAVAILABLE', `${this.#url} ended its answer before the last part`)
  }
}

function headersOf({ header }: DataRequest, { emit }: Call): Record<string, string> {
  return {
    ...(emit && { accept: `${NDJSON}, application/json` }),
    ...(header.timeoutMs !== undefined && { [TIMEOUT_HEADER]: String(header.timeoutMs) }),
  }
}

// Jina and Sluice tell why in the envelope, also of a 503 or 504; others just say no.
function answerOf(asked: DataRequest, status: number, text: string): DataRequest {
  const answer = parsed(text)
  if (!answer) throw refusal(status, text)
  if (status !== 200 && !answer.failed) throw refusal(status, text)
  const header = { ...answer.header, requestId: asked.header.requestId }
  return answer.with({ header })
}

function parsed(text: string): DataRequest | undefined {
  try {
    return decodeJsonAnswer(text)
  } catch {
    return undefined
  }
}

async function dryRun(
  fetcher: Fetcher,
  url: string,
  { metadata, call }: DryRunOptions,
  maxMessageBytes: number,
): Promise<Status> {
  const init = { headers: metadata, signal: call.signal }
  const response = await request(fetcher, url, init)
  const text = await textOf(response, init, maxMessageBytes)
  if (!response.ok) throw refusal(response.status, text)
  try {
    return JSON.parse(text) as Status
  } catch (error) {
    throw new FlowError('INTERNAL', `${url} answered what is no status: ${text.slice(0, 500)}`, { cause: error })
  }
}

function givenUp(): FlowError {
  return new FlowError('CANCELLED', 'the post was given up')
}

async function compressed(
  text: string,
  compression: Compression = 'NoCompression',
): Promise<{ body: string | Blob; headers: Record<string, string> }> {
  if (compression === 'NoCompression') return { body: text, headers: {} }
  const encoding = compression === 'Gzip' ? 'gzip' : 'deflate'
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream(encoding))
  return { body: await new Response(stream).blob(), headers: { 'content-encoding': encoding } }
}
