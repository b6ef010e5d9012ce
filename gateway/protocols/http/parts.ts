import type { IncomingMessage, ServerResponse } from 'node:http'
import { encodeComment, encode as encodeEvent } from 'eventsource-encoder'
import { type DataRequest, FlowError } from '../../../proto/index.ts'
import { drained } from '../drained.ts'
import { failedRequest } from '../failed.ts'
import { encode } from './codec.ts'

/** An answer in parts: each is written as it comes, and awaited until the connection takes more. */
export interface PartsWriter {
  /** True when the head has gone out: from then on an error is one more line of the stream. */
  readonly begun: boolean
  readonly emit: (part: DataRequest) => Promise<void>
  /** The last line: the answer after its parts. */
  end(answer: DataRequest): void
  fail(asked: DataRequest, error: FlowError): void
}

type Kind = 'part' | 'done' | 'error'

interface Format {
  readonly type: string
  line(kind: Kind, json: string): string
  /** Written now and then, so that nobody in between takes the connection for dead. */
  readonly heartbeat: string
}

const formats: Readonly<Record<string, Format>> = {
  'text/event-stream': {
    type: 'text/event-stream',
    line: (event, data) => encodeEvent({ event, data }),
    heartbeat: encodeComment(''),
  },
  'application/x-ndjson': { type: 'application/x-ndjson', line: (_, json) => `${json}\n`, heartbeat: '\n' },
}

/** Writes parts where the caller accepts one of the formats by name; undefined for those who want one JSON. */
export function partsWriter(
  { headers }: IncomingMessage,
  response: ServerResponse,
  heartbeatMs: number,
): PartsWriter | undefined {
  const accepted = headers.accept?.split(',').map((type) => type.split(';')[0]?.trim() ?? '')
  const format = accepted?.map((type) => formats[type]).find(Boolean)
  if (!format) return undefined
  let heartbeat: NodeJS.Timeout | undefined
  let count = 0

  const begin = () => {
    if (response.headersSent) return
    response.writeHead(200, {
      'content-type': format.type,
      // compressed, parts would be held back until there are enough of them
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    })
    heartbeat = setInterval(() => response.write(format.heartbeat), heartbeatMs)
    response.once('close', () => clearInterval(heartbeat))
  }
  const write = (kind: Kind, answer: DataRequest): boolean => {
    begin()
    return response.write(format.line(kind, encode(answer)))
  }
  const end = (kind: Kind, answer: DataRequest) => {
    if (response.destroyed) return
    write(kind, answer)
    response.end()
  }
  return {
    get begun() {
      return response.headersSent
    },
    async emit(part) {
      if (response.writableEnded || response.destroyed) throw new FlowError('CANCELLED', 'a part came after the answer')
      const taken = write('part', part.with({ header: { ...part.header, part: count++ } }))
      // a connection that closes cancels the call, and with it who emits
      if (!taken) await drained(response)
    },
    end: (answer) => end(answer.failed ? 'error' : 'done', answer),
    fail: (asked, error) => end('error', failedRequest(asked, error)),
  }
}
