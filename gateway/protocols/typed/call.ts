import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { apiEndpoint, type CallContext, DataRequest } from '../../../proto/index.ts'
import type { Hold } from '../byte-budget.ts'
import type { Front } from '../protocol.ts'
import { TIMEOUT_HEADER, timeoutOf } from '../timeout.ts'
import { webCall } from '../web-call.ts'
import { readArguments } from './arguments.ts'
import type { TypedOptions } from './options.ts'
import { type Refusal, refusalOf, refusalOfAnswer } from './refusal.ts'
import { deliver, refuse } from './respond.ts'
import type { TypedRoute } from './routes.ts'
import { itemWriter } from './stream.ts'
import { createFileUrls } from './urls.ts'

/** Answers a call of a typed endpoint. */
export type TypedCall = (
  route: TypedRoute,
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
) => Promise<void>

/** Reads the call that a request makes; what it holds goes with the response. */
export type Reader = (
  route: TypedRoute,
  request: IncomingMessage,
  response: ServerResponse,
  call: CallContext,
  hold: Hold,
  requestId: string,
) => Promise<DataRequest>

export function createReader(front: Front, { maxMessageBytes, fileUrls }: TypedOptions): Reader {
  return async (route, request, response, call, hold, requestId) => {
    response.on('close', () => {
      hold.release()
      call.cancel()
    })
    await front.budget.room(call)
    const urls = createFileUrls(fileUrls, call)
    const docs = await readArguments(route, request, { maxMessageBytes, hold, urls })
    return new DataRequest({ header: { requestId, execEndpoint: apiEndpoint(route.api.name) }, docs })
  }
}

export function createTypedCall(front: Front, options: TypedOptions): TypedCall {
  const { heartbeatMs } = options
  const read = createReader(front, options)

  return async (route, request, response, id) => {
    const items = route.api.stream ? itemWriter(route, request, response, heartbeatMs) : undefined
    const fail = (refusal: Refusal) => (items?.begun ? items.fail(refusal) : refuse(response, refusal))
    // its own limit stands instead of the gateway's
    let { timeoutMs = options.timeoutMs } = route.api
    try {
      const call = webCall(request, timeoutMs, items?.emit)
      const { timeoutMs: mostMs = Number.POSITIVE_INFINITY } = route.api
      timeoutMs = Math.min(timeoutOf(request.headers[TIMEOUT_HEADER]) ?? timeoutMs, mostMs)
      const hold = front.budget.hold()
      const asked = await read(route, request, response, call, hold, id)
      const answer = await route.service.send(asked, call)
      if (answer.failed) fail(refusalOfAnswer(answer, id))
      else if (items) items.end(answer)
      else hold.add(deliver(request, response, route, answer))
    } catch (error) {
      fail(refusalOf(error, timeoutMs, id))
    }
  }
}

/** Says on a response whose it is and which one, whatever comes of it. */
export function sign(
  { service }: Pick<TypedRoute, 'service'>,
  response: ServerResponse,
  options: TypedOptions,
): string {
  const id = randomBytes(8).toString('hex')
  response.setHeader('x-bentoml-request-id', id)
  if (options.compat === 'bento') response.setHeader('server', `BentoML Service/${service.name}`)
  return id
}
