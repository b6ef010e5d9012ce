import type { IncomingMessage, ServerResponse } from 'node:http'
import { encodeComment, encode as encodeEvent } from 'eventsource-encoder'
import { type DataRequest, FlowError } from '../../../proto/index.ts'
import { drained } from '../drained.ts'
import type { Refusal } from './refusal.ts'
import { headersOf, payloadOf } from './respond.ts'
import type { TypedRoute } from './routes.ts'

/** An answer of many items: each is one write, and the next one is asked for when the connection has taken it. */
export interface ItemWriter {
  /** True when the head has gone out: from then on an error is told inside the stream. */
  readonly begun: boolean
  readonly emit: (item: DataRequest) => Promise<void>
  end(answer: DataRequest): void
  fail(refusal: Refusal): void
}

type Item = string | Uint8Array

/** How items follow one another. */
interface Format {
  readonly type: string
  item(body: Item): Item
  /** After the last one. */
  readonly end: string
  /** Tells an error; without words for one, the connection breaks off. */
  error?(json: string): string
  readonly heartbeat?: string
}

const events: Format = {
  type: 'text/event-stream',
  item: (body) => encodeEvent({ data: asText(body) }),
  end: encodeEvent({ event: 'done', data: '{}' }),
  error: (data) => encodeEvent({ event: 'error', data }),
  heartbeat: encodeComment(''),
}

const lines = (isText: boolean): Format => ({
  type: 'application/x-ndjson',
  item: (body) => `${isText || typeof body !== 'string' ? JSON.stringify(asText(body)) : body}\n`,
  end: '',
  error: (json) => `${json}\n`,
  heartbeat: '\n',
})

/** Items as they are; JSON, which would run together, on lines. */
function raw({ contentType, output }: TypedRoute['api']): Format {
  const isText = output.type === 'string'
  const own = output.format === 'binary' ? 'application/octet-stream' : 'text/plain; charset=utf-8'
  const type = contentType ?? (isText ? own : 'application/x-ndjson')
  return { type, item: (body) => (isText || typeof body !== 'string' ? body : `${body}\n`), end: '' }
}

/** Server-sent events or lines of JSON where the caller names one of them, else the items as they are. */
function formatOf({ api }: TypedRoute, { headers }: IncomingMessage): Format {
  // who says himself what his items are has framed them
  if (api.contentType) return raw(api)
  for (const name of headers.accept?.split(',') ?? []) {
    const type = name.split(';')[0]?.trim()
    if (type === 'text/event-stream') return events
    if (type === 'application/x-ndjson' || type === 'application/jsonl') return lines(api.output.type === 'string')
  }
  return raw(api)
}

export function itemWriter(
  route: TypedRoute,
  request: IncomingMessage,
  response: ServerResponse,
  heartbeatMs: number,
): ItemWriter {
  const format = formatOf(route, request)
  const isText = route.api.output.type === 'string'

  const begin = ({ header: { response: info } }: DataRequest) => {
    if (response.headersSent || response.destroyed) return
    response.writeHead(info?.status ?? 200, {
      'content-type': format.type,
      // compressed, items would be held back until there are enough of them
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      vary: 'Accept',
      ...headersOf(info),
    })
    if (!format.heartbeat) return
    const heartbeat = setInterval(() => response.write(format.heartbeat), heartbeatMs)
    response.once('close', () => clearInterval(heartbeat))
  }
  return {
    get begun() {
      return response.headersSent
    },
    async emit(item) {
      if (response.writableEnded || response.destroyed)
        throw new FlowError('CANCELLED', 'an item came after the answer')
      begin(item)
      const { body } = payloadOf(item, isText)
      // nothing to write is no chunk
      if (body.length === 0 && format.item(body).length === 0) return
      if (!response.write(format.item(body))) await drained(response)
    },
    end(answer) {
      begin(answer)
      response.end(format.end)
    },
    fail({ status, body }) {
      if (response.destroyed) return
      const breakOff = () => response.socket?.destroySoon()
      if (format.error) response.write(format.error(JSON.stringify({ ...body, status })), breakOff)
      else breakOff()
    },
  }
}

function asText(body: Item): string {
  return typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64')
}
