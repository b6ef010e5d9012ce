import {
  Code,
  type CodeName,
  type DataRequest,
  decodeJsonAnswer,
  encodeJsonRequest,
  FlowError,
  type Handler,
  messageOf,
  type Status,
  whenCancelled,
} from '../../proto/index.ts'
import type { Address } from '../options.ts'
import type { ClientProtocol, Compression, Session, SessionOptions } from './protocol.ts'

/** Jina's HTTP: each request is a POST to `/post`. Runs in browsers too. */
export function httpProtocol({ host, port, tls }: Address): ClientProtocol {
  const base = `${tls ? 'https' : 'http'}://${host}:${port}`
  return {
    open: (options) => openSession(base, options),
    dryRun: async ({ metadata, signal }) => {
      const { status, text } = await call(`${base}/dry_run`, { headers: metadata, ...(signal && { signal }) })
      if (status !== 200) throw refusal(status, text)
      return JSON.parse(text) as Status
    },
    async close() {},
  }
}

function openSession(base: string, { metadata, compression }: SessionOptions): Session {
  const onTheirWay = new Set<AbortController>()
  const send: Handler = async (request, context) => {
    const controller = new AbortController()
    onTheirWay.add(controller)
    const leave = whenCancelled(context, (error) => controller.abort(error))
    try {
      const { body, headers } = await compressed(encodeJsonRequest(request), compression)
      const reply = await call(`${base}/post`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers, ...metadata },
        body,
        signal: controller.signal,
      })
      return answerOf(request, reply)
    } finally {
      leave()
      onTheirWay.delete(controller)
    }
  }
  const close = () => {
    for (const controller of onTheirWay) controller.abort()
  }
  return { send, close }
}

// Jina and Sluice tell why in the envelope, also of a 503 or 504; others just say no.
function answerOf(request: DataRequest, { status, text }: Reply): DataRequest {
  const answer = parsed(text)
  if (!answer) throw refusal(status, text)
  if (status !== 200 && !answer.failed) throw refusal(status, text)
  const header = { ...answer.header, requestId: request.header.requestId }
  return answer.with({ header })
}

function parsed(text: string): DataRequest | undefined {
  try {
    return decodeJsonAnswer(text)
  } catch {
    return undefined
  }
}

interface Reply {
  status: number
  text: string
}

async function call(url: string, init: RequestInit): Promise<Reply> {
  try {
    const response = await fetch(url, init)
    return { status: response.status, text: await response.text() }
  } catch (error) {
    if (init.signal?.aborted) throw FlowError.from(init.signal.reason, 'CANCELLED')
    const cause = error instanceof Error && error.cause ? error.cause : error
    throw new FlowError('UNAVAILABLE', `${url} cannot be reached: ${messageOf(cause)}`, { cause: error })
  }
}

const codes: Record<number, CodeName> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  413: 'RESOURCE_EXHAUSTED',
  415: 'INVALID_ARGUMENT',
  422: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

function refusal(status: number, text: string): FlowError {
  return new FlowError(Code[codes[status] ?? 'UNKNOWN'], `HTTP ${status}: ${text.slice(0, 500)}`)
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
