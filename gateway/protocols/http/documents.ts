import type { IncomingMessage, ServerResponse } from 'node:http'
import { type DataRequest, FlowError } from '../../../proto/index.ts'
import { readBody } from '../body.ts'
import type { Hold } from '../byte-budget.ts'
import type { Front } from '../protocol.ts'
import { webCall } from '../web-call.ts'
import { decode, encode } from './codec.ts'
import type { HttpOptions } from './options.ts'
import { type PartsWriter, partsWriter } from './parts.ts'
import { refuseRequest, send } from './respond.ts'
import type { Route } from './routes.ts'

/** Answers a documents route. */
export type DocumentsRoute = (route: Route, request: IncomingMessage, response: ServerResponse) => Promise<void>

/** One body is one request: its documents go through the flow, and the answer is one JSON or, where the caller accepts it, a stream of parts. */
export function createDocumentsRoute(front: Front, options: HttpOptions): DocumentsRoute {
  const { maxMessageBytes, timeoutMs } = options

  return async (route, request, response) => {
    const parts = partsWriter(request, response, options.heartbeatMs)
    const call = webCall(request, timeoutMs, parts?.emit)
    const hold = front.budget.hold()
    response.on('close', () => {
      hold.release()
      call.cancel()
    })
    await front.budget.room(call)
    const body = await readBody(request, maxMessageBytes, hold)
    const asked = decode(body, request.headers['content-type'], route.endpoint)
    try {
      deliver(response, await front.handler(asked, call), parts, hold)
    } catch (error) {
      fail(response, asked, FlowError.from(error), parts)
    }
  }
}

function deliver(response: ServerResponse, answer: DataRequest, parts: PartsWriter | undefined, hold: Hold): void {
  if (parts) {
    parts.end(answer)
    return
  }
  const text = encode(answer)
  hold.add(text.length)
  send(response, 200, text)
}

function fail(response: ServerResponse, asked: DataRequest, error: FlowError, parts: PartsWriter | undefined): void {
  if (parts?.begun) parts.fail(asked, error)
  else refuseRequest(response, asked, error)
}
