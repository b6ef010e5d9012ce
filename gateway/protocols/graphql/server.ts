import type { IncomingMessage, ServerResponse } from 'node:http'
import { renderGraphiQL } from '@graphql-yoga/render-graphiql'
import { createYoga } from 'graphql-yoga'
import { FlowError } from '../../../proto/index.ts'
import type { Front, ProtocolOptions, WebProtocol, WebSite } from '../protocol.ts'
import { webCall } from '../web-call.ts'
import { bodies } from './body.ts'
import { documentCache, limits } from './limits.ts'
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
      renderGraphiQL,
      graphiql: { title: 'Sluice', defaultQuery: EXAMPLE, subscriptionsProtocol: 'SSE' },
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
      paths: { [PATH]: openapi },
      answer(request, response) {
        if (!request.url?.startsWith(PATH) || !/^\/?(\?|$)/.test(request.url.slice(PATH.length))) return false
        answer(request, response)
        return true
      },
    }
  },
}

// what is masked in answers is told here
function loggerOf({ logger }: Front) {
  const tell = (level: 'debug' | 'info' | 'warn' | 'error') => (err: unknown) =>
    err instanceof Error ? logger[level]({ err }, 'GraphQL') : logger[level]({}, String(err))
  return { debug() {}, info: tell('debug'), warn: tell('warn'), error: tell('error') }
}

const EXAMPLE = `# Documents go through the flow; a subscription gives them as they come.
query {
  docs(data: [{ text: "hello" }], execEndpoint: "/search") {
    id
    text
    matches {
      text
      scores { name score { value } }
    }
  }
}
`

const openapi = {
  post: {
    tags: ['GraphQL'],
    summary: 'Run a query or a mutation',
    operationId: 'graphql_post',
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['query'],
            properties: {
              query: { type: 'string' },
              variables: { type: ['object', 'null'] },
              operationName: { type: ['string', 'null'] },
            },
          },
        },
      },
    },
    responses: {
      200: {
        description: 'Data, or errors that say where the query is wrong',
        content: { 'application/json': { schema: { type: 'object' } } },
      },
    },
  },
}
