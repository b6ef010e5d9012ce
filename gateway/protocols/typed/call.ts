import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { apiEndpoint, DataRequest, remainingMs } from '../../../proto/index.ts'
import type { Front } from '../protocol.ts'
import { webCall } from '../web-call.ts'
import { readArguments } from './arguments.ts'
import type { TypedOptions } from './options.ts'
import { refusalOf, refusalOfAnswer } from './refusal.ts'
import { deliver, refuse } from './respond.ts'
import type { TypedRoute } from './routes.ts'

/** Answers a call of a typed endpoint. */
export type TypedCall = (route: TypedRoute, request: IncomingMessage, response: ServerResponse) => Promise<void>

export function createTypedCall(front: Front, options: TypedOptions): TypedCall {
  const { maxMessageBytes } = options

  return async (route, request, response) => {
    const id = sign(route, response, options)
    let timeoutMs = options.timeoutMs
    try {
      const call = webCall(request, options.timeoutMs)
      timeoutMs = Math.round(remainingMs(call))
      const hold = front.budget.hold()
      response.on('close', () => {
        hold.release()
        call.cancel()
      })
      await front.budget.room(call)
      const docs = await readArguments(route, request, { maxMessageBytes, hold })
      const asked = new DataRequest({ header: { requestId: id, execEndpoint: apiEndpoint(route.api.name) }, docs })
      const answer = await route.service.handler(asked, call)
      if (answer.failed) refuse(response, refusalOfAnswer(answer, id))
      else deliver(response, route, answer)
    } catch (error) {
      refuse(response, refusalOf(error, timeoutMs, id))
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
