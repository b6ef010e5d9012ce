import type { IncomingMessage, ServerResponse } from 'node:http'
import { createYoga } from 'graphql-yoga'
import { FlowError } from '../../../proto/index.ts'
import type { Front, ProtocolOptions, WebProtocol, WebSite } from '../protocol.ts'
import { webCall } from '../web-call.ts'
import { bodies } from './body.ts'
import { sendGraphiQL, wantsGraphiQL } from './graphiql.ts'
import { documentCache, limits } from './limits.ts'
import { operations } from './openapi.ts'
import { schemaOf } from './schema.ts'
import { answers, type Context, Session } from './session.ts'
import { refusal } from './status.ts'

const PATH = '/graphql'

/** Jina's GraphQL at `/graphql`: `docs` as a query, a mutation or a subscription, and GraphiQL for browsers. */
export const graphql: WebProtocol = {
  name: 'graphql',
  open(front: Front, options: ProtocolOptions): WebSite {
    const yoga = createYoga<Context>({
      schema: schemaOf(front.handler),
      graphqlEndpoint: PATH,
      plugins: [bodies(options.maxMessageBytes), ...limits(), answers()],
      parserAndValidationCache: { documentCache: documentCache(), validationCache: true },
      graphiql: false,
      landingPage: false,
      cors: false,
      multipart: false,
      // ours counts and decompresses
      maxRequestBodySize: false,
      logging: loggerOf(front),
    })

    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const hold = front.budget.hold()
      try {
        if (wantsGraphiQL(request)) return sendGraphiQL(request, response)
        const call = webCall(request, options.timeoutMs)
        response.once('close', () => {
          hold.release()
          call.cancel()
        })
        await front.budget.room(call)
        await yoga(request, response, { req: request, session: new Session(call, hold) })
      } catch (error) {
        hold.release()
        refusal(response, FlowError.from(error, 'INTERNAL'))
      }
    }

    return {
      paths: { [PATH]: operations },
      answer(request, response) {
        if (!isOurs(request)) return false
        answer(request, response)
        return true
      },
      refuse(request, response, error) {
        if (!isOurs(request)) return false
        refusal(response, error)
        return true
      },
    }
  },
}

function isOurs({ url = '' }: IncomingMessage): boolean {
  return url.startsWith(PATH) && /^\/?(\?|$)/.test(url.slice(PATH.length))
}

// what is masked in answers is told here
function loggerOf({ logger }: Front) {
  const tell = (level: 'debug' | 'info' | 'warn' | 'error') => (err: unknown) =>
    err instanceof Error ? logger[level]({ err }, 'GraphQL') : logger[level]({}, String(err))
  return { debug() {}, info: tell('debug'), warn: tell('warn'), error: tell('error') }
}
