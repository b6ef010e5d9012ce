import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { defaultTimeoutMs, FlowError, isObject, type JsonObject, maxTimerMs } from '../proto/index.ts'
import type { Connections } from './connections.ts'
import { checkTimeout, openCall, wholeMs } from './deadline.ts'
import { messageTooLarge } from './protocols/close-error.ts'
import { chunksOf, request, TIMEOUT_HEADER, textOf } from './protocols/fetcher.ts'
import { refusal } from './protocols/http-status.ts'

/** What a GraphQL server answers. */
export interface GraphqlAnswer<Data = JsonObject> {
  /** What was selected; null or absent where it could not be had. */
  data?: Data | null
  /** What went wrong, if anything did; there may be data beside it. */
  errors?: GraphqlError[]
  /** What else the server tells: Sluice's gateway, by field, the answer's status, parameters and routes. */
  extensions?: JsonObject
}

/** One mistake in an answer. @see https://spec.graphql.org/October2021/#sec-Errors */
export interface GraphqlError {
  message: string
  path?: (string | number)[]
  locations?: { line: number; column: number }[]
  extensions?: JsonObject
}

/** Options of one GraphQL operation. */
export interface GraphqlOptions {
  /** Which operation of the text to run, where there are several. */
  operationName?: string
  /** Time after which it is given up. Unit: ms. @default the client's (60 000); none for a subscription */
  timeoutMs?: number
  /** Headers, besides the client's. */
  headers?: Readonly<Record<string, string>>
  /** Gives it up. */
  signal?: AbortSignal
}

interface Operation extends GraphqlOptions {
  readonly query: string
  readonly variables?: JsonObject | undefined
}

const JSON_TYPES = 'application/graphql-response+json, application/json;q=0.9'
const SSE = 'text/event-stream'

/** Runs a query or a mutation. @throws {FlowError} where no GraphQL answer came */
export async function run<Data>(connections: Connections, operation: Operation): Promise<GraphqlAnswer<Data>> {
  const { timeoutMs = defaultTimeoutMs, signal } = operation
  const { call, end } = openCall({ timeoutMs, signal }, () => expired(timeoutMs))
  try {
    const { url, init } = exchangeOf(connections, operation, JSON_TYPES, call.signal)
    const response = await request(await connections.fetcher(), url, init)
    return answerOf(response.status, await textOf(response, init, connections.maxMessageBytes))
  } finally {
    end()
  }
}

/** Runs a subscription, which ends with the reader. @throws {FlowError} where no GraphQL answer came, or it broke off */
export async function* subscribe<Data>(
  connections: Connections,
  operation: Operation,
): AsyncGenerator<GraphqlAnswer<Data>, void> {
  const { timeoutMs = maxTimerMs, signal } = operation
  const { call, end } = openCall({ timeoutMs, signal }, () => expired(timeoutMs))
  try {
    const { url, init } = exchangeOf(connections, operation, `${SSE}, ${JSON_TYPES}`, call.signal)
    const response = await request(await connections.fetcher(), url, init)
    if (response.headers.get('content-type')?.startsWith(SSE)) {
      for await (const { data } of eventsOf(response, init, connections.maxMessageBytes)) {
        yield answerOf(response.status, data)
      }
    } else yield answerOf(response.status, await textOf(response, init, connections.maxMessageBytes))
  } finally {
    end()
  }
}

/** The `next` events of a stream, up to its `complete`. @see https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md */
async function* eventsOf(
  response: Response,
  init: RequestInit,
  maxBytes: number,
): AsyncGenerator<EventSourceMessage, void> {
  const events: EventSourceMessage[] = []
  let tooLarge = false
  const parser = createParser({
    maxBufferSize: maxBytes,
    onEvent: (event) => void events.push(event),
    onError: ({ type }) => (tooLarge ||= type === 'max-buffer-size-exceeded'),
  })
  const decoder = new TextDecoder()
  for await (const chunk of chunksOf(response, init)) {
    parser.feed(decoder.decode(chunk, { stream: true }))
    for (const event of events.splice(0)) {
      if (event.event === 'complete') return
      yield event
    }
    if (tooLarge) throw messageTooLarge(response.url, maxBytes)
  }
  throw new FlowError('UNAVAILABLE', `${response.url} ended the subscription before it was complete`)
}

function exchangeOf(
  { address: { tls, host, port } }: Connections,
  { query, variables, operationName, timeoutMs, headers }: Operation,
  accept: string,
  signal: AbortSignal,
): { url: string; init: RequestInit } {
  if (timeoutMs !== undefined) checkTimeout(timeoutMs)
  const told = timeoutMs === undefined ? undefined : { [TIMEOUT_HEADER]: String(wholeMs(timeoutMs)) }
  return {
    url: `${tls ? 'https' : 'http'}://${host}:${port}/graphql`,
    init: {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, ...told, ...headers },
      body: JSON.stringify({ query, variables, operationName }),
      signal,
    },
  }
}

// also of a 4xx: there are the mistakes of the query
function answerOf<Data>(status: number, text: string): GraphqlAnswer<Data> {
  try {
    const answer: unknown = JSON.parse(text)
    if (isObject(answer) && ('data' in answer || Array.isArray(answer.errors))) return answer as GraphqlAnswer<Data>
  } catch {
    // said below
  }
  throw refusal(status, text).with({
    hint: 'GraphQL is served at the port of HTTP, where the gateway has protocol "graphql"',
  })
}

function expired(timeoutMs: number): FlowError {
  return new FlowError('DEADLINE_EXCEEDED', `no answer within ${timeoutMs} ms`, { hint: 'Give it more with timeoutMs' })
}
